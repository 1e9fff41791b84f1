from __future__ import annotations

import numpy as np
import pytest

from learn.made_rows import labelled
from lynceus.learn.learners import DecisionTree
from lynceus.learn.search import GRIDS, log_loss, searched


def test_the_loss_of_hand_made_rows() -> None:
    told = np.array([[0.5, 0.5], [0.25, 0.75]])
    assert log_loss(told, np.array([0, 0])) == pytest.approx((np.log(2) + np.log(4)) / 2)


def test_every_combination_is_tried_and_the_least_loss_wins() -> None:
    pytest.importorskip("sklearn")
    made = labelled(300)
    names = made.known_names("flow")
    classes = np.unique(made.rows["family"].to_numpy(), return_inverse=True)[1]
    learner = DecisionTree(settings={"max_depth": 1, "min_samples_leaf": 3})
    best, tried = searched(learner, made.vectors("flow").select(names).to_numpy(), classes, seed=0)
    assert [t.settings["max_depth"] for t in tried] == list(GRIDS["decision_tree"]["max_depth"])
    assert best.settings == min(tried, key=lambda t: t.loss).settings
    assert best.settings["min_samples_leaf"] == 3
