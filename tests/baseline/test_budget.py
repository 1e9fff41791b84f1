"""How many are told."""

from __future__ import annotations

import numpy as np
import pytest

from lynceus.baseline.budget import LEAST, MOST, Budget


def test_the_chance_is_what_is_wanted_among_the_hours_of_a_day() -> None:
    assert Budget(2.0).chance(1000.0) == pytest.approx(0.002)
    assert Budget(2.0).chance(0.0) == 0.05


def test_a_loud_day_is_paid_back_and_a_quiet_one_earns_no_credit() -> None:
    budget = Budget(2.0)
    assert budget.after(0).pace == MOST
    loud = budget.after(40)
    assert LEAST <= loud.pace < 0.2
    for _ in range(10):
        loud = loud.after(0)
    assert loud.pace == MOST


def test_drift_is_steered_back_to_what_is_wanted() -> None:
    """The tail of the past lets four times too many through: the steering makes up for it."""
    rng = np.random.default_rng(4)
    budget, told = Budget(3.0), []
    for _ in range(60):
        chances = rng.random(1000) / 4
        count = int((chances <= budget.chance(1000.0)).sum())
        budget = budget.after(count)
        told.append(count)
    assert told[0] > 6
    assert np.mean(told[20:]) < 3.6
