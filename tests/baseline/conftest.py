"""A site that has been learned for two weeks, made once."""

from __future__ import annotations

import pytest

from baseline.made import hours
from lynceus.baseline.learning import moved_on
from lynceus.baseline.state import State


@pytest.fixture(scope="session")
def office() -> State:
    """12 hosts over 14 days."""
    return moved_on(State.empty(), {"host": hours(12, 14, seed=1)})
