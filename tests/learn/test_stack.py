from __future__ import annotations

import numpy as np
import pytest

from learn.made_rows import labelled
from lynceus.learn.learners import Classes, DecisionTree, Fitted, Floats, Matrix, weights_of
from lynceus.learn.stack import BLOCKS, Stack, blocks_of, held_out
from lynceus.learn.steps import Steps

pytest.importorskip("sklearn")


class Remembers:
    """Knows each row that it has seen by its number, and nothing else."""

    name = "remembers"

    def fit(self, numbers: Matrix, classes: Classes, weights: Floats, seed: int) -> Fitted:
        seen, count = set(numbers[:, 0]), int(classes.max()) + 1

        class Memory:
            def probabilities(self, numbers: Matrix) -> Floats:
                return np.array([[float(n in seen)] * count for n in numbers[:, 0]])

        return Memory()


def test_blocks_are_successive_within_each_class() -> None:
    assert blocks_of(np.array([0, 1, 0, 0, 1, 1]), 3).tolist() == [0, 0, 1, 2, 1, 2]


def test_no_row_is_judged_by_a_learner_that_saw_it() -> None:
    numbers = np.arange(30, dtype=np.float32)[:, None]
    classes = np.arange(30) % 2
    assert not held_out(Remembers(), numbers, classes, seed=0).any()


def test_a_class_within_one_block_gets_nothing_there() -> None:
    numbers = np.arange(12, dtype=np.float32)[:, None]
    classes = np.array([0, 1] * 5 + [2, 0])
    assert held_out(DecisionTree(), numbers, classes, seed=0)[10, 2] == 0


def test_a_stack_learns_and_tells_how_far_it_is() -> None:
    made, unseen = labelled(400), labelled(300, 1)
    names = made.known_names("flow")
    classes = np.unique(made.rows["family"].to_numpy(), return_inverse=True)[1]
    truth = np.unique(unseen.rows["family"].to_numpy(), return_inverse=True)[1]
    told: list[str] = []
    steps = Steps(told=lambda name, before: told.append(name))
    stack = Stack(parts=(DecisionTree(), DecisionTree("shallow", {"max_depth": 1})), steps=steps)
    fitted = stack.fit(
        made.vectors("flow").select(names).to_numpy(), classes, weights_of(classes), 0
    )
    said = fitted.probabilities(unseen.vectors("flow").select(names).to_numpy())
    assert (said.argmax(1) == truth).mean() > 0.97
    assert said.sum(1) == pytest.approx(np.ones(300))
    assert len(told) == 2 * (BLOCKS + 1)
