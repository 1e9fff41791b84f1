from __future__ import annotations

import numpy as np
import pytest

from lynceus.learn.calibrate import FEW, MOST_KNOTS, Line, calibrated, error, line, lines


def overconfident(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores twice as sure as they may be: what is told as 0.9 happens in 0.7 of the rows."""
    chance = np.random.default_rng(seed)
    scores = chance.random(rows)
    return scores, chance.random(rows) < (scores + 0.5) / 2


@pytest.mark.parametrize("rows", [150, 20_000])
def test_a_line_learns_what_scores_mean(rows: int) -> None:
    told = line(*overconfident(rows))
    assert list(told.x) == sorted(told.x) and list(told.y) == sorted(told.y)
    assert len(told.x) <= MOST_KNOTS
    scores, happens = overconfident(20_000, seed=1)
    for low in (0.1, 0.5, 0.8):
        near = (scores >= low) & (scores < low + 0.1)
        assert told.at(scores[near]).mean() == pytest.approx(happens[near].mean(), abs=0.09)


def test_isotonic_of_hand_made_rows() -> None:
    """Blocks 0..0.2 (0 of 300), 0.5 and 0.6 pooled (150 of 300), 0.9 (300 of 300)."""
    scores = np.repeat([0.0, 0.2, 0.5, 0.6, 0.9], [150, 150, 150, 150, 300])
    wanted = np.repeat([0, 0, 1, 0, 1], [150, 150, 150, 150, 300]).astype(bool)
    assert min(wanted.sum(), (~wanted).sum()) >= FEW
    told = line(scores, wanted)
    assert told.x == (0.0, 0.2, 0.5, 0.6, 0.9)
    assert told.y == pytest.approx([0.5 / 301, 0.5 / 301, 0.5, 0.5, 300.5 / 301])


def test_nothing_is_ever_certain() -> None:
    told = line(np.repeat([0.0, 1.0], 300), np.repeat([False, True], 300))
    assert min(told.y) > 0 and max(told.y) < 1


def test_calibration_lowers_the_error_and_rows_sum_to_one() -> None:
    scores, happens = overconfident(30_000)
    truth = np.where(happens, "b", "a")
    raw = np.column_stack([1 - scores, scores])
    known = lines(raw[:15_000], ("a", "b"), truth[:15_000])
    told = calibrated(raw[15_000:], ("a", "b"), known)
    assert told.sum(1) == pytest.approx(np.ones(15_000))
    after = error(told, ("a", "b"), truth[15_000:])
    assert after < 0.03 < error(raw[15_000:], ("a", "b"), truth[15_000:])


def test_a_class_without_knots_keeps_its_score() -> None:
    raw = np.array([[0.2, 0.8]])
    assert calibrated(raw, ("a", "b"), {}) == pytest.approx(raw)
    assert calibrated(raw, ("a", "b"), {"b": Line((0.0, 1.0), (0.0, 0.5))}) == pytest.approx(
        np.array([[0.2, 0.4]]) / 0.6
    )
    assert calibrated(np.zeros((1, 2)), ("a", "b"), {}).tolist() == [[0.5, 0.5]]


def test_error_of_hand_made_rows() -> None:
    """All told with 0.9, half of them right: 0.4 off."""
    told = np.tile([0.9, 0.1], (100, 1))
    truth = np.where(np.arange(100) % 2, "a", "b")
    assert error(told, ("a", "b"), truth) == pytest.approx(0.4, abs=0.02)
