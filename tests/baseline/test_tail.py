"""Ranks and extreme values."""

from __future__ import annotations

import numpy as np
import pytest

from lynceus.baseline.tail import FEWEST, fit


@pytest.mark.parametrize("shape", ["exponential", "pareto", "normal"])
def test_probabilities_of_new_scores_are_those_of_their_distribution(shape: str) -> None:
    rng = np.random.default_rng(3)
    draw = {
        "exponential": lambda n: rng.exponential(1.0, n),
        "pareto": lambda n: rng.pareto(5.0, n),
        "normal": lambda n: rng.normal(5.0, 1.0, n),
    }[shape]
    tail = fit(draw(4_000))
    assert tail is not None
    fresh = tail.probability(draw(400_000))
    for chance in (0.5, 0.1, 0.01, 0.001):
        # That no tail is taken to end makes the bounded side of a normal one a little careful.
        assert 0.3 * chance < (fresh <= chance).mean() < 1.6 * chance, chance


def test_score_and_probability_are_inverse() -> None:
    tail = fit(np.random.default_rng(1).exponential(2.0, 1000))
    assert tail is not None
    for chance in (0.7, 0.2, 0.05, 1e-3, 1e-6):
        score = np.array([tail.score_at(chance)])
        assert tail.probability(score)[0] == pytest.approx(chance, rel=0.05)


def test_it_falls_and_never_ends() -> None:
    tail = fit(np.random.default_rng(2).uniform(0, 1, 500))
    assert tail is not None
    chances = tail.probability(np.linspace(-1, 5, 200))
    assert (np.diff(chances) <= 1e-12).all()
    assert chances[0] == 1.0
    assert chances[-1] > 0
    assert np.isnan(tail.probability(np.array([np.nan]))[0])


def test_scores_that_end_are_rare_at_their_end() -> None:
    rng = np.random.default_rng(4)
    scores = 1.0 - rng.beta(2.0, 5.0, 4_000) ** 0.5
    tail, endless = fit(scores, ends=True), fit(scores)
    assert tail is not None and endless is not None
    fresh = tail.probability(1.0 - rng.beta(2.0, 5.0, 400_000) ** 0.5)
    for chance in (0.1, 0.01, 0.001):
        assert 0.5 * chance < (fresh <= chance).mean() < 1.6 * chance, chance
    end = np.array([1.0])
    assert tail.probability(end)[0] < 1e-6 < endless.probability(end)[0]
    assert tail.probability(np.array([tail.score_at(1e-3)]))[0] == pytest.approx(1e-3, rel=0.05)


def test_few_or_equal_scores() -> None:
    assert fit(np.ones(FEWEST - 1)) is None
    tail = fit(np.ones(100))
    assert tail is not None
    assert tail.probability(np.array([1.0]))[0] > 0.05
    assert tail.probability(np.array([2.0]))[0] < 1e-6
