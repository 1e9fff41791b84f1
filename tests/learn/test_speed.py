"""How fast a model scores: measured on as many rows as serving scores at once."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from made_rows import labelled
from numpy.typing import NDArray

from lynceus.learn import speed
from lynceus.models import Served

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
from models.small_model import artefact


def test_few_rows_are_repeated_and_the_fastest_turn_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scored: list[int] = []
    probabilities = Served.probabilities

    def counted(self: Served, numbers: pl.DataFrame) -> NDArray[np.float64]:
        scored.append(numbers.height)
        return probabilities(self, numbers)

    monkeypatch.setattr(Served, "probabilities", counted)
    clock = iter([0.0, 8.0, 10.0, 12.0, 20.0, 29.0])
    monkeypatch.setattr("time.process_time", lambda: next(clock))
    assert speed.flows_a_second(artefact(), labelled(50).rows) == speed.SCORED / 2.0
    assert scored == [speed.SCORED] * speed.TURNS
