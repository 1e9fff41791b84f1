"""Boosted trees scored without the library that grew them."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest

from lynceus.enrich.trees import LEAVES, BoostedTrees, flattened

TREE = {
    "decision_type": "<=", "split_feature": 1, "threshold": 0.5,
    "left_child": {"leaf_value": 1.0},
    "right_child": {
        "decision_type": "<=", "split_feature": 0, "threshold": -2.0,
        "left_child": {"leaf_value": 10.0},
        "right_child": {"leaf_value": 100.0},
    },
}  # fmt: skip


def logit(*trees: dict[str, Any], rows: list[list[float]]) -> list[float]:
    model = flattened({"tree_info": [{"tree_structure": tree} for tree in trees]})
    return BoostedTrees(model).logit(np.array(rows)).tolist()


def test_each_row_comes_to_its_leaf_and_leaves_are_added() -> None:
    rows = [[9, 0.5], [-2, 0.6], [-1.9, 0.6], [-9, 0.4]]
    assert logit(TREE, rows=rows) == [1, 10, 100, 1]
    assert logit(TREE, {"leaf_value": 0.25}, TREE, rows=rows) == [2.25, 20.25, 200.25, 2.25]


def test_a_bound_between_two_single_floats_parts_them_as_the_double_does() -> None:
    just_below = float(np.nextafter(np.float32(0.1), np.float32(0)))
    tree = {**TREE, "threshold": (just_below + float(np.float32(0.1))) / 2}
    assert logit(tree, rows=[[0, just_below], [0, float(np.float32(0.1))]]) == [1, 100]


def test_the_sums_are_those_of_the_library() -> None:
    draw = np.random.default_rng(5)
    numbers = draw.normal(size=(3000, 6)).astype(np.float32)
    made = numbers[:, 0] * numbers[:, 1] + draw.normal(size=3000) > 0.3
    grown = lightgbm.LGBMClassifier(
        n_estimators=30, num_leaves=LEAVES, random_state=1, n_jobs=1, verbose=-1
    ).fit(numbers, made)
    ours = BoostedTrees(flattened(grown.booster_.dump_model())).logit(numbers)
    theirs = np.asarray(grown.predict(numbers, raw_score=True))
    assert theirs.std() > 0.5
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_no_rows_have_no_sums() -> None:
    model = flattened({"tree_info": [{"tree_structure": TREE}]})
    assert BoostedTrees(model).logit(np.zeros((0, 2))).shape == (0,)


def test_trees_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="not by order"):
        logit({**TREE, "decision_type": "=="}, rows=[[0, 0]])
    deep: dict[str, Any] = {"leaf_value": 0.0}
    for _ in range(LEAVES):
        deep = {**TREE, "right_child": deep}
    with pytest.raises(ValueError, match=f"{LEAVES + 1} leaves"):
        logit(deep, rows=[[0, 0]])
