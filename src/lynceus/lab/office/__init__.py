"""Benign behaviour: what people and machines of an office do all day."""

from __future__ import annotations

from lynceus.lab.office.errands import run_errands
from lynceus.lab.office.machines import run_machines
from lynceus.lab.office.people import run_people
from lynceus.lab.scene import Scene


def work(scene: Scene) -> None:
    """Plays the whole benign side of a scenario."""
    run_machines(scene.fork("machines"))
    run_people(scene.fork("people"))
    run_errands(scene.fork("errands"))
