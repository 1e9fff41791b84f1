"""Which known examples a row is nearest to, by hand."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

from lynceus.models import ModelRefused, Served
from lynceus.models.artefact import Artefact
from lynceus.models.examples import EXAMPLES, Examples, content_of
from lynceus.models.payload import PayloadError
from lynceus.testing import flow, flows
from models.small_model import INPUTS, manifest, weights


def table(*rows: tuple[Any, ...]) -> pl.DataFrame:
    schema = {"label": pl.String, "dataset": pl.String, **dict.fromkeys(INPUTS, pl.Float32)}
    return pl.DataFrame(rows, schema=schema, orient="row")


KNOWN = table(
    ("flood", "one", 0.0, 1.0, 0.0),
    ("benign", "one", 5.0, 10.0, 12.0),
    ("flood", "one", 0.1, 1.0, 0.0),
    ("benign", "two", 90.0, 4000.0, 9000.0),
    ("scan", "two", None, 2.0, 1.0),
)


def nearest(*rows: tuple[float | None, float, float]) -> list[list[dict[str, Any]]]:
    numbers = pl.DataFrame(rows, schema=dict.fromkeys(INPUTS, pl.Float32), orient="row")
    told: list[list[dict[str, Any]]] = (
        Examples(content_of(KNOWN), INPUTS).nearest(numbers).to_list()
    )
    return told


def test_labels_come_by_their_nearest_example() -> None:
    flood, large = nearest((0.1, 1, 0), (100, 4000, 8000))
    assert flood[0] == {"label": "flood", "dataset": "one", "distance": 0}
    assert (large[0]["label"], large[0]["dataset"]) == ("benign", "two")
    assert len(flood) == 3 and flood[0]["distance"] <= flood[1]["distance"]


def test_what_either_does_not_know_is_left_out() -> None:
    (told,) = nearest((None, 2, 1))
    assert (told[0]["label"], told[0]["distance"]) == ("scan", 0)


def test_no_row_has_no_examples() -> None:
    assert nearest() == []


@pytest.mark.parametrize("content", [b"", content_of(KNOWN.drop("dataset")), content_of(table())])
def test_a_damaged_file_is_refused(content: bytes) -> None:
    with pytest.raises(PayloadError, match=EXAMPLES):
        Examples(content, INPUTS)
    with pytest.raises(ModelRefused, match="floods-1"):
        Served(Artefact.of(manifest(), {"weights.npz": weights(), EXAMPLES: content}))


def test_reasons_tell_of_them() -> None:
    payload = {"weights.npz": weights(), EXAMPLES: content_of(KNOWN)}
    rows = flows([flow(orig_packets=1, resp_packets=0, duration_s=0.0)])
    (told,) = Served(Artefact.of(manifest(), payload)).reasons(rows, pl.Series(["dos"]))
    assert json.loads(told)["nearest"][0] == {"label": "flood", "dataset": "one", "distance": 0.0}
