"""From an analysis to a state and back (teaching), and from what is stored (warm_start)."""

from __future__ import annotations

from pathlib import Path

import pytest

from detect.baselines import days
from lynceus import detect
from lynceus.analysis import analyze
from lynceus.baseline import teaching
from lynceus.baseline.state import State, StateError
from lynceus.baseline.warm_start import learned


def test_without_a_baseline_nothing_is_counted_for_it() -> None:
    detectors = detect.load()
    left = teaching.knowing(detectors, None)
    assert set(detectors) - set(left) == set(teaching.DETECTORS)
    placed = teaching.knowing(detectors, State.empty())
    assert list(placed) == list(detectors)


@pytest.mark.long
def test_an_analysis_learns_and_says_that_it_is_still_learning(tmp_path: Path) -> None:
    folder = tmp_path / "baseline"
    first = analyze(days(1, hosts=3), baseline=folder)
    assert any("still learning" in line for line in first.told)
    assert "anomalous_host" in first.detectors
    assert State.read(folder).learned["host"].days == 1
    for day in range(1, 4):
        last = analyze(days(1, seed=day, first=day, hosts=3), baseline=folder)
    assert State.read(folder).ready
    assert last.failed == {}


@pytest.mark.long
def test_a_warm_start_from_results_is_one_from_their_flows(tmp_path: Path) -> None:
    rows = days(4, hosts=3)
    rows.write_parquet(tmp_path / "old.parquet")
    analyze([tmp_path / "old.parquet"], out=tmp_path / "results")
    of_flows = learned([tmp_path / "old.parquet"], tmp_path / "a")
    of_results = learned([tmp_path / "results"], tmp_path / "b")
    assert of_flows.ready
    for name, one in of_flows.learned.items():
        assert one.history.equals(of_results.learned[name].history)


def test_an_hour_over_two_files_is_one_hour(tmp_path: Path) -> None:
    rows = days(1, hosts=2)
    rows[::2].write_parquet(tmp_path / "a.parquet")
    rows[1::2].write_parquet(tmp_path / "b.parquet")
    rows.write_parquet(tmp_path / "all.parquet")
    whole = learned([tmp_path / "all.parquet"], tmp_path / "whole").learned["host"].history
    parts = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    assert learned(parts, tmp_path / "parts").learned["host"].history.equals(whole)


def test_a_directory_of_something_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("dear diary")
    with pytest.raises(StateError, match=r"holds no baseline\.json"):
        teaching.opened(tmp_path)
    assert teaching.opened(tmp_path / "new", per_day=7.0).settings.per_day == 7.0
