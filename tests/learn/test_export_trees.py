"""Trees of scikit-learn and LightGBM, scored by the core: equal to what their makers give."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from lynceus.learn.export_trees import Exported, ExportError, exported
from lynceus.models.payload import linked
from lynceus.models.trees import Trees

sklearn = pytest.importorskip("sklearn", reason="scikit-learn is not installed")
lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is not installed")

INPUTS = [f"n{place}" for place in range(6)]


@pytest.fixture(scope="module")
def made() -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Rows of three classes; some values are unknown, many are equal, some lie far out."""
    chance = np.random.default_rng(5)
    rows = chance.lognormal(0, 2, (3_000, len(INPUTS))).astype(np.float32)
    rows[:, 1] = chance.integers(0, 4, len(rows))
    classes = (rows[:, 0] > 1).astype(np.intp) + (rows[:, 1] * rows[:, 2] > 3)
    rows[chance.random(rows.shape) < 0.1] = np.nan
    return rows, classes


def trees_of(told: Exported, classes: int) -> Trees:
    outputs = 1 if told.link in ("logistic", "isolation") else classes
    return Trees(told.payload["trees.parquet"], len(INPUTS), outputs, "trees.parquet")


def frame(rows: NDArray[np.float32]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(INPUTS, pl.Float32), nan_to_null=True)


def shares(model: Any, rows: NDArray[np.float32], classes: int) -> NDArray[np.float64]:
    told = exported(model)
    return linked(trees_of(told, classes).scores(frame(rows)), told.link, told.scale, classes)


@pytest.mark.parametrize("kind", ["DecisionTreeClassifier", "ExtraTreeClassifier"])
def test_a_tree_of_scikit_learn(kind: str, made: Any) -> None:
    from sklearn import tree

    rows, classes = made
    if kind.startswith("Extra"):
        rows = np.nan_to_num(rows)
    model = getattr(tree, kind)(max_depth=8, random_state=1).fit(rows, classes)
    assert np.allclose(shares(model, rows, 3), model.predict_proba(rows), atol=1e-12)


@pytest.mark.parametrize("kind", ["RandomForestClassifier", "ExtraTreesClassifier"])
def test_a_forest_of_scikit_learn(kind: str, made: Any) -> None:
    from sklearn import ensemble

    rows, classes = made
    model = getattr(ensemble, kind)(15, random_state=1).fit(rows, classes)
    assert np.allclose(shares(model, rows, 3), model.predict_proba(rows), atol=1e-12)


def test_an_isolation_forest_of_scikit_learn(made: Any) -> None:
    from sklearn.ensemble import IsolationForest

    rows = np.nan_to_num(made[0])
    model = IsolationForest(n_estimators=40, max_features=4, random_state=1).fit(rows)
    unlike = shares(model, rows, 2)[:, 1]
    assert np.allclose(unlike, -model.score_samples(rows), atol=1e-12)


@pytest.mark.parametrize("classes", [2, 3])
def test_boosted_trees_of_lightgbm(classes: int, made: Any) -> None:
    rows, told = made
    told = np.minimum(told, classes - 1)
    model = lightgbm.LGBMClassifier(n_estimators=12, random_state=1, verbose=-1)
    model.fit(rows, told)
    expected = model.booster_.predict(rows)
    if classes == 2:
        expected = np.column_stack([1 - expected, expected])
    assert np.allclose(shares(model, rows, classes), expected, atol=1e-12)


@pytest.mark.parametrize("known", [True, False], ids=["no gaps in training", "gaps in training"])
def test_unknown_values_go_lightgbms_way(known: bool, made: Any) -> None:
    rows, classes = made
    taught = np.nan_to_num(rows) if known else rows
    model = lightgbm.LGBMClassifier(n_estimators=8, random_state=1, verbose=-1)
    model.fit(taught, classes)
    assert np.allclose(shares(model, rows, 3), model.booster_.predict(rows), atol=1e-12)


def test_contributions_are_lightgbms_own(made: Any) -> None:
    rows, classes = made
    model = lightgbm.LGBMClassifier(n_estimators=12, random_state=1, verbose=-1)
    model.fit(rows, classes)
    trees = trees_of(exported(model), 3)
    some = rows[:50]
    own = model.booster_.predict(some, pred_contrib=True).reshape(50, 3, len(INPUTS) + 1)
    for output in range(3):
        assert np.allclose(trees.contributions(frame(some), output), own[:, output, :-1], atol=1e-9)
        assert trees.expected(output) == pytest.approx(own[0, output, -1], abs=1e-9)


def test_contributions_of_a_forest_add_up(made: Any) -> None:
    from sklearn.ensemble import RandomForestClassifier

    rows, classes = made
    model = RandomForestClassifier(6, random_state=1).fit(rows, classes)
    trees = trees_of(exported(model), 3)
    some = frame(rows[:40])
    for output in range(3):
        whole = trees.expected(output) + trees.contributions(some, output).sum(1)
        assert np.allclose(whole, trees.scores(some)[:, output], atol=1e-9)


def test_a_tree_without_a_split(made: Any) -> None:
    rows, classes = made
    model = lightgbm.LGBMClassifier(n_estimators=2, min_child_samples=5_000, verbose=-1)
    model.fit(rows, classes)
    assert np.allclose(shares(model, rows[:9], 3), model.booster_.predict(rows[:9]), atol=1e-12)


def test_what_serving_does_not_know_is_refused(made: Any) -> None:
    from sklearn.linear_model import LogisticRegression

    rows, classes = made
    with pytest.raises(ExportError, match="LogisticRegression"):
        exported(LogisticRegression())
    for setting in (
        {"zero_as_missing": True},
        {"boosting_type": "rf", "subsample": 0.5, "subsample_freq": 1},
    ):
        model = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1, **setting).fit(rows, classes)
        with pytest.raises(ExportError, match="LightGBM"):
            exported(model)
    regressor = lightgbm.LGBMRegressor(n_estimators=2, verbose=-1).fit(rows, classes)
    with pytest.raises(ExportError, match="objective regression"):
        exported(regressor)
    named = rows.copy()
    named[:, 1] = np.nan_to_num(named[:, 1])
    model = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1)
    model.fit(named, classes, categorical_feature=[1])
    with pytest.raises(ExportError, match="categorical"):
        exported(model)
