"""A model made elsewhere before the gate: passed on rows it tells apart, silent on others."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from made_rows import labelled

from lynceus.learn.dataset import DatasetError
from lynceus.learn.gated import gated
from lynceus.models.artefact import Artefact
from lynceus.models.manifest import Knots

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
from models.small_model import artefact

SHARP = {"benign": Knots(x=(0.0, 0.5, 0.5001, 1.0), y=(0.0, 0.0, 1.0, 1.0))}
"""Calibration of a model that is sure of what it says."""
ROWS = labelled(400, shares={"benign": 0.6, "scan": 0.4})


def silent_scans(**changes: object) -> Artefact:
    """The small model, which takes flows without an answer for scans."""
    return artefact(classes=("benign", "scan"), alert={}, calibration=SHARP, **changes)


def test_what_tells_classes_apart_may_alert() -> None:
    told = gated(silent_scans(), ROWS).manifest
    assert told.gate.passed and told.alert["scan"] is not None
    figures = told.metrics["scan"]
    assert figures["precision"] >= 0.95 and figures["recall"] >= 0.9  # type: ignore[operator]
    assert told.parameters["gated_on"]["rows"] == 400


def test_what_does_not_stays_silent() -> None:
    wrong = ROWS.rows.with_columns(
        family=pl.when(pl.int_range(pl.len()) % 3 == 0)
        .then(pl.lit("benign"))
        .otherwise(pl.lit("scan"))
    )
    told = gated(silent_scans(), replace(ROWS, rows=wrong)).manifest
    assert not told.gate.passed and told.gate.reasons
    assert told.alert["scan"] is None


def test_a_model_that_is_too_slow_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lynceus.learn.gate.LEAST_A_SECOND", float("inf"))
    told = gated(silent_scans(), ROWS).manifest
    assert not told.gate.passed and told.alert["scan"] is None
    assert "flows in a second of one processor" in told.gate.reasons["model"]


def test_a_set_of_one_of_its_classes_is_refused() -> None:
    only = labelled(50, shares={"benign": 1.0})
    with pytest.raises(DatasetError, match="of the classes benign, scan it has benign"):
        gated(silent_scans(), only)


def test_a_task_that_no_set_tells_is_refused() -> None:
    with pytest.raises(DatasetError, match="application"):
        gated(silent_scans(task="application"), ROWS)
