"""The baseline of a run that goes on: every hour it learns from the windows that have closed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lynceus.baseline import teaching
from lynceus.baseline.state import StateError
from lynceus.engine import Engine
from lynceus.equipment import Equipment
from lynceus.live.degraded import Degraded
from lynceus.moments import NS

EVERY_S = 3_600.0


class Learning:
    """When was learned last, and what to do when it is time again."""

    def __init__(self, degraded: Degraded, now_ns: int) -> None:
        self._degraded, self._learned_ns = degraded, now_ns

    def learned(
        self, equipment: Equipment, engine: Engine, folder: Path | None, now_ns: int
    ) -> Equipment:
        """The equipment that knows what an hour has taught, which the engine goes on with; the
        same where there is no baseline or it is not time yet."""
        usual = equipment.usual
        if usual is None or folder is None or now_ns - self._learned_ns < EVERY_S * NS:
            return equipment
        self._learned_ns = now_ns
        with self._degraded.part("baseline", OSError, StateError):
            usual = teaching.taught(usual, engine)
            usual.write(folder)
        detectors = teaching.knowing(equipment.detectors, usual)
        engine.detectors = dict(detectors)
        return replace(equipment, usual=usual, detectors=detectors)
