"""Further opinions, served from arrays."""

from __future__ import annotations

import numpy as np
import pytest

from lynceus.baseline.scorers import Autoencoder, IsolationForest, OneClass, Scorers, restored

RNG = np.random.default_rng(5)


def forest() -> IsolationForest:
    """One tree: column 0 over 1 is alone after one step, the others after two."""
    return IsolationForest(
        feature=np.array([[0, 1, -1, -1, -1]], np.int32),
        threshold=np.array([[1.0, 0.0, 0.0, 0.0, 0.0]]),
        left=np.array([[1, 3, 0, 0, 0]], np.int32),
        right=np.array([[2, 4, 0, 0, 0]], np.int32),
        length=np.array([[0.0, 0.0, 1.0, 2.0, 2.0]]),
        usual=2.0,
    )


def test_a_forest_by_hand() -> None:
    rows = np.array([[5.0, 0.0], [0.0, -1.0], [0.0, 1.0]])
    assert forest().score(rows) == pytest.approx([2**-0.5, 0.5, 0.5])


def test_one_class_and_net_by_hand() -> None:
    machine = OneClass(np.zeros((1, 2)), np.ones((1, 1)), 0.5, np.array([2.0]), 1.0)
    far = machine.score(np.array([[0.0, 0.0], [2.0, 0.0]]))
    assert far == pytest.approx([1.0 - 2.0, 1.0 - 2.0 * np.exp(-2.0)])
    same = Autoencoder((np.eye(2),), (np.zeros(2),))
    assert same.score(np.array([[3.0, -4.0]])) == pytest.approx([0.0])
    blind = Autoencoder((np.zeros((2, 2)),), (np.zeros(2),))
    assert blind.score(np.array([[6.0, 0.0]])) == pytest.approx([0.5])


@pytest.mark.parametrize(
    ("kind", "scorer"),
    [
        ("isolation_forest", forest()),
        ("one_class", OneClass(np.ones((1, 2)), np.ones((1, 1)), 0.5, np.ones(1), 0.3)),
        ("autoencoder", Autoencoder((np.ones((1, 2)), np.ones((2, 1))), (np.ones(1), np.ones(2)))),
    ],
)
def test_what_is_stored_scores_the_same(kind: str, scorer: IsolationForest) -> None:
    rows = RNG.normal(size=(50, 2))
    assert (restored(kind, scorer.arrays()).score(rows) == scorer.score(rows)).all()


def test_what_is_not_whole_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown scorer 'oracle'"):
        restored("oracle", {})
    with pytest.raises((LookupError, TypeError)):
        restored("one_class", {"gamma": np.array(1.0)})


def test_the_strangest_opinion_counts() -> None:
    rows = RNG.normal(size=(3000, 2))
    surprise = np.abs(rows[:, 1])
    alone = Scorers()
    assert (alone.combined(surprise, rows) == surprise).all()
    both = Scorers((("isolation_forest", forest()),)).calibrated(surprise, rows)
    told = both.combined(surprise, rows)
    strangest = int(surprise.argmax())
    assert told[strangest] >= np.quantile(told, 0.99)
    assert told.shape == surprise.shape


def test_a_score_that_ends_can_still_be_improbable() -> None:
    """A Gaussian kernel says of all that is far the same: as far as it goes."""
    rows = RNG.normal(size=(3000, 2))
    machine = OneClass(np.zeros((1, 2)), np.ones((1, 1)), 0.1, np.array([2.0]), 1.0)
    known = Scorers((("one_class", machine),)).calibrated(np.abs(rows[:, 1]), rows)
    far = np.array([[40.0, 40.0]])
    assert known.combined(np.zeros(1), far)[0] > known.combined(np.abs(rows[:, 1]), rows).max()
