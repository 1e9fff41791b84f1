"""`vpn_applications`: fourteen kinds of traffic by the times of their packets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lynceus.learn import datasets
from lynceus.learn.evaluate import vpn_applications
from lynceus.learn.evaluate.vpn_applications import VpnApplications, blocks_of, numbers
from lynceus.learn.learners import Boosting


def test_blocks_are_successive_and_of_one_class() -> None:
    told = blocks_of(np.array(["a"] * 80 + ["b"] * 3, object))
    assert told[:2].tolist() == ["a 0", "a 0"]
    assert told[79] == "a 39"
    assert len(set(told[80:])) == 3


def test_the_task_tells_its_figures_on_the_real_set(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("lightgbm", reason="LightGBM is not installed: lynceus[train]")
    few = Boosting(settings={"n_estimators": 2, "num_leaves": 7, "learning_rate": 0.3})
    monkeypatch.setattr(vpn_applications, "LEARNER", few)
    result = VpnApplications().run(shared_data / "iscx-vpn2016")
    honest, *_, leaking = (float(f.value.split()[0]) for f in result.figures)
    assert 0.2 < honest < leaking < 1
    assert len(result.parts[0].rows) == 14
    assert result.figures[0].met == (honest >= vpn_applications.WANTED)


def test_numbers_are_finite_or_unknown(shared_data: Path) -> None:
    rows = datasets.load("iscx_vpn2016", shared_data / "iscx-vpn2016").rows.head(500)
    told = numbers(rows)
    assert told.shape[0] == 500
    assert np.isfinite(told).all()
