"""What tests of the lab share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lynceus.lab.scenarios import find_scenario, set_scene
from lynceus.lab.scene import Scene


@pytest.fixture
def scene() -> Scene:
    """An empty stage: a small network, nobody has acted."""
    return set_scene(find_scenario("quiet"), seed=5, scale=1.0)


@pytest.fixture
def frames(scene: Scene) -> Callable[[], list[tuple[float, bytes]]]:
    """The frames recorded so far, in time order."""
    return lambda: sorted(scene.tape.frames, key=lambda frame: frame[0])
