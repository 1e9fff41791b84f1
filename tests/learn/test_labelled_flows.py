"""Flows that ingest reads, labelled by their own words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

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
    assert counted == {
        "label_says_neither": 0, "neither_benign_nor_malicious": 1,
        "conversation_with_both_labels": 0,
    }  # fmt: skip


def test_of_conversations_that_bear_both_labels_nothing_is_known() -> None:
    asked: dict[str, Any] = {
        "orig_h": "10.0.0.1",
        "orig_p": 40_000,
        "resp_h": "9.9.9.9",
        "resp_p": 443,
    }
    answered: dict[str, Any] = {
        "orig_h": "9.9.9.9",
        "orig_p": 443,
        "resp_h": "10.0.0.1",
        "resp_p": 40_000,
    }
    rows = flows(
        [
            flow(**asked, label="Benign"),
            flow(**answered, label="Malicious"),
            flow(**asked, label="Background"),
            flow(**asked | {"orig_p": 40_001}, label="Benign"),
            flow(**answered | {"resp_p": 40_002}, label="Malicious"),
        ]
    )
    counted: Counter[str] = Counter()
    told = labelled_flows.labelled_by_words(rows, Path("x"), "one", counted)
    assert told["malicious"].to_list() == [None, None, None, False, True]
    assert told["family"].to_list()[:4] == [None, None, None, "benign"]
    assert told["label"].to_list()[:2] == ["Benign", "Malicious"]
    assert counted["conversation_with_both_labels"] == 2


def test_an_input_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="gone"):
        labelled_flows.read(tmp_path / "gone")
