"""Opinions of what is strange, learned off the line."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from baseline.made import at, hours
from lynceus.baseline.learning import moved_on
from lynceus.baseline.state import State, StateError
from lynceus.learn import anomaly
from lynceus.learn.extras import ExtraMissingError

pytest.importorskip("sklearn", reason="the extra `train` is not installed")


@pytest.fixture(scope="module", name="known")
def _known() -> State:
    return moved_on(State.empty(), {"host": hours(12, 8, seed=1)})


@pytest.fixture(scope="module", name="fitted")
def _fitted(known: State) -> State:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(anomaly, "TREES", 50)
        patch.setattr(anomaly, "_has", lambda module: module != "torch")
        return anomaly.fitted(known, seed=3)[0]


def test_the_forest_gives_what_scikit_learn_gives(known: State) -> None:
    from sklearn.ensemble import IsolationForest

    rows = known.learned["host"].deviations(known.roles)
    trained = IsolationForest(n_estimators=anomaly.TREES, max_samples=256, random_state=3).fit(rows)
    ours = anomaly.isolation_forest(rows, seed=3).score(rows)
    assert np.abs(ours + trained.score_samples(rows)).max() < 1e-12


def test_the_machine_gives_what_scikit_learn_gives(known: State) -> None:
    from sklearn.kernel_approximation import Nystroem
    from sklearn.linear_model import SGDOneClassSVM

    rows = known.learned["host"].deviations(known.roles)
    gamma = 1.0 / (rows.shape[1] * rows.var())
    mapping = Nystroem(gamma=gamma, n_components=anomaly.MAP_ROWS, random_state=3).fit(rows)
    machine = SGDOneClassSVM(nu=anomaly.EXPECTED_STRANGE, random_state=3, average=True)
    machine.fit(mapping.transform(rows))
    theirs = -machine.decision_function(mapping.transform(rows))
    assert anomaly.one_class(rows, seed=3).score(rows) == pytest.approx(theirs.ravel(), abs=1e-9)


def test_with_all_opinions_it_is_calibrated_and_finds_more_than_noise(fitted: State) -> None:
    host = fitted.learned["host"]
    assert [kind for kind, _ in host.scorers.by_kind] == ["isolation_forest", "one_class"]
    fresh = hours(12, 7, seed=8, first_day=8)
    _, chance = host.judged(fresh, fitted.roles)
    assert 0.3 * 0.05 < (chance <= 0.05).mean() < 1.8 * 0.05
    day = at(fresh, 11)
    scan = day.with_columns(failed_flows=pl.lit(4e3), flows=pl.lit(4.1e3), ports=pl.lit(900.0))
    assert (host.judged(scan, fitted.roles)[1] <= 0.01).mean() > 0.9


@pytest.mark.long
def test_the_same_seed_gives_the_same(known: State, fitted: State, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(anomaly, "TREES", 50)
        patch.setattr(anomaly, "_has", lambda module: module != "torch")
        again = anomaly.fitted(known, seed=3)[0]
    again.write(tmp_path / "state")
    read = State.read(tmp_path / "state")
    fresh = hours(12, 1, seed=8, first_day=8)
    ours, theirs = (s.learned["host"].judged(fresh, s.roles)[1] for s in (fitted, read))
    assert (ours == theirs).all()


def test_what_is_missing_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StateError, match="still learning"):
        anomaly.fitted(State.empty())
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(ExtraMissingError, match=r"install lynceus\[train\]"):
        anomaly.isolation_forest(np.zeros((40, 3)), seed=1)


@pytest.mark.long
def test_the_net_repeats_what_is_ordinary(known: State) -> None:
    pytest.importorskip("torch", reason="the extra `deep` is not installed")
    rows = known.learned["host"].deviations(known.roles)
    net = anomaly.autoencoder(rows, seed=3)
    assert np.array_equal(net.score(rows), anomaly.autoencoder(rows, seed=3).score(rows))
    strange = rows[:50].copy()
    strange[:, ::3] = 6.0
    assert np.median(net.score(strange)) > np.quantile(net.score(rows), 0.99)
