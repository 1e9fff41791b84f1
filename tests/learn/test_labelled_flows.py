"""Flows that ingest reads, labelled by their own words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from lynceus.learn import labelled_flows
from lynceus.learn.dataset import DatasetError
from lynceus.testing import flow, flows


def test_rows_keep_their_words_and_only_the_columns_asked_for() -> None:
    counted: Counter[str] = Counter()
    rows = flows([flow(label="Malicious", label_detail="C&C"), flow(label=None)])
    told = labelled_flows.labelled_by_words(rows, Path("x"), "one", counted)
    kept = labelled_flows.only(told, ["orig_h"])
    assert kept["label"].to_list() == ["Malicious C&C", None]
    assert set(kept.columns) == {"orig_h", "label", "family", "malicious", "capture", "host"}
    assert counted == {"label_says_neither": 0, "neither_benign_nor_malicious": 1}


def test_an_input_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="gone"):
        labelled_flows.read(tmp_path / "gone")
