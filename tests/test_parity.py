"""The numbers a model is trained on are those it is served on, to the last bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lynceus import analyze, ingest
from lynceus.features import vector
from lynceus.lab import generate
from lynceus.learn import datasets
from lynceus.models import specification
from lynceus.records import FLOW_SCHEMA, JUDGED


class Listener:
    """A model that judges nothing and remembers the numbers it was given."""

    def __init__(self, tier: Any) -> None:
        self.task, self.label, self.tier = "attack_family", f"listener-{tier}", tier
        self.names = vector.names(tier)
        self.reads = vector.needs(tier)
        self.heard: list[pl.DataFrame] = []

    def judged(self, rows: pl.DataFrame) -> pl.DataFrame:
        numbers = specification.numbers(self.tier, self.names, rows)
        self.heard.append(rows.select("uid").hstack(numbers))
        return pl.DataFrame(
            {name: pl.repeat(None, rows.height, dtype=t, eager=True) for name, t in JUDGED.items()}
        )

    def reasons(self, rows: pl.DataFrame, classes: pl.Series) -> pl.Series:
        raise AssertionError("nothing was judged")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    generate("vertical_scan", 3, folder, scale=0.1)
    return folder


@pytest.mark.parametrize("tier", ["flow", "packet"])
def test_meter_to_training_is_engine_to_serving(lab: Path, tmp_path: Path, tier: Any) -> None:
    listener = Listener(tier)
    (capture,) = lab.glob("*.pcap")
    analyze(capture, out=tmp_path, models=[listener])
    served = pl.concat(listener.heard).unique("uid").sort("uid")

    dataset = datasets.load("capture", lab)
    trained = dataset.rows.select("uid").hstack(dataset.vectors(tier)).sort("uid")
    assert_frame_equal(served, trained, check_exact=True)

    stored = pl.read_parquet(tmp_path / "flows.parquet")
    again = stored.select("uid").hstack(vector.vectors(stored, tier)).sort("uid")
    assert_frame_equal(again, trained, check_exact=True)
    assert trained.height == ingest.read_flows(capture).height
    assert any(trained[name].null_count() < trained.height for name in listener.names)


def test_a_table_that_was_converted_tells_the_same(lab: Path, tmp_path: Path) -> None:
    dataset = datasets.load("capture", lab)
    path = tmp_path / "flows.csv"
    flat = [name for name in vector.needs("flow") if name in FLOW_SCHEMA]
    dataset.rows.select(flat).write_csv(path)
    read = pl.read_csv(path, schema_overrides={name: FLOW_SCHEMA[name] for name in flat})
    assert_frame_equal(vector.vectors(read, "flow"), dataset.vectors("flow"), check_exact=True)
