"""What verdicts on hosts are not asked about."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from lynceus.learn.dataset import Dataset
from lynceus.learn.evaluate import stratosphere_captures


def test_conversations_that_bear_both_labels_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    made = pl.DataFrame(
        {
            "capture": ["c", "c", "c", "d"],
            "proto": "tcp",
            "orig_h": ["10.0.0.1", "9.9.9.9", "10.0.0.1", "9.9.9.9"],
            "orig_p": [40_000, 443, 40_001, 443],
            "resp_h": ["9.9.9.9", "10.0.0.1", "9.9.9.9", "10.0.0.1"],
            "resp_p": [443, 40_000, 443, 40_000],
            "malicious": [False, True, None, True],
        }
    )
    both = Dataset("made", made, "time")
    monkeypatch.setattr(stratosphere_captures, "labelled_captures", lambda data: both)
    assert stratosphere_captures._known(Path()).rows["capture"].to_list() == ["d"]
