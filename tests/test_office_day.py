"""The lab's office day: every planted attack is found, and nothing else is above low."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus import analyze
from lynceus.lab import generate
from lynceus.lab.score import read_truth, score
from lynceus.records import SEVERITIES

SEEDS = [7, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2, 3, 4, 5))]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_planted_attack_is_found_and_nothing_else(seed: int, tmp_path: Path) -> None:
    lab = generate("office-day", seed=seed, out=tmp_path)
    analysis = analyze(lab.captures, intel=[lab.intel], assets=lab.assets)
    result = score(read_truth(lab.truth), analysis.incidents)
    assert not analysis.failed
    assert not result.missed
    assert not result.noise


@pytest.mark.parametrize("seed", SEEDS)
def test_a_quiet_day_raises_nothing_above_low(seed: int, tmp_path: Path) -> None:
    lab = generate("office-quiet", seed=seed, out=tmp_path)
    analysis = analyze(lab.captures, assets=lab.assets)
    loud = [i.title for i in analysis.incidents if SEVERITIES.index(i.severity) > 1]
    assert not loud
