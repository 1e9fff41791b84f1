from __future__ import annotations

import numpy as np
import pytest

from learn.made_rows import labelled
from lynceus.learn.learners import BASE, Learner, Scale, weights_of

pytest.importorskip("sklearn")
pytest.importorskip("lightgbm")


def matrix(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    made = labelled(rows, seed)
    names = made.known_names("flow")
    classes = np.unique(made.rows["family"].to_numpy(), return_inverse=True)[1]
    return made.vectors("flow").select(names).to_numpy(), classes


@pytest.mark.parametrize("cls", BASE, ids=lambda c: c().name)
def test_each_learns_takes_gaps_and_is_the_same_twice(cls: type) -> None:
    learner: Learner = cls()
    numbers, classes = matrix(400, 0)
    numbers[::9, 4] = np.nan
    fitted = [learner.fit(numbers, classes, weights_of(classes), 1) for _ in range(2)]
    unseen, truth = matrix(300, 1)
    unseen[::7, 5] = np.nan
    told = fitted[0].probabilities(unseen)
    assert told.shape == (300, 3) and told.sum(1) == pytest.approx(np.ones(300))
    assert (told.argmax(1) == truth).mean() > 0.97
    assert (told == fitted[1].probabilities(unseen)).all()


def test_rare_classes_weigh_more_but_not_as_much_as_they_are_rare() -> None:
    weights = weights_of(np.repeat([0, 1], [900, 100]))
    assert weights.mean() == pytest.approx(1)
    assert weights[-1] / weights[0] == pytest.approx(3)


def test_scaled_numbers_stay_small_and_gaps_are_told() -> None:
    rows = np.array([[1.0, 5.0], [np.nan, 5.0], [1e3, 5.0]], np.float32)
    told = Scale.of(rows).scaled(np.array([[-1e37, np.nan]], np.float32))
    assert told.shape == (1, 3)
    assert told[0].tolist() == [-8.0, 0.0, 0.0]
    assert Scale.of(rows).scaled(rows)[1, 2] == 1.0
