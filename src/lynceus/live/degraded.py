"""Parts that do not do what they should for now: said once, counted, tried again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lynceus.engine import Engine

DETECTOR_PAUSE_S = 60.0
"""A detector that failed is asked again after so long, twice as long each time."""
LONGEST_PAUSE_S = 3_600.0


@dataclass(frozen=True)
class Fault:
    """What is wrong with a part."""

    reason: str
    since_ns: int
    failures: int = 1


class Degraded:
    """The parts that fail now, and why."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], int] = time.time_ns) -> None:
        self._say, self._clock = say, clock
        self.now: dict[str, Fault] = {}
        """By part what is wrong with it; what is well is not there."""
        self.failures: dict[str, int] = {}
        """By part how often it has failed since the start."""
        self._asked_again_ns: dict[str, int] = {}

    @contextmanager
    def part(self, name: str, *errors: type[Exception]) -> Iterator[None]:
        """Work of one part: should it fail with one of these errors, that is noted, and the part
        counts as degraded until its work succeeds again."""
        try:
            yield
        except errors as error:
            self._failed(name, " ".join(str(error).split()) or type(error).__name__)
        else:
            if name in self.now:
                del self.now[name]
                self._say(f"{name}: works again")

    def of_engine(self, engine: Engine) -> None:
        """Notes detectors that failed, and lets those be asked again whose pause is over."""
        now = self._clock()
        for name, reason in list(engine.failed.items()):
            part = f"detector {name}"
            if part not in self._asked_again_ns:
                self._failed(part, reason)
                doubled = DETECTOR_PAUSE_S * 2 ** (self.failures[part] - 1)
                pause_ns = int(min(doubled, LONGEST_PAUSE_S) * 1e9)
                self._asked_again_ns[part] = now + pause_ns
            elif now >= self._asked_again_ns[part]:
                del engine.failed[name], self._asked_again_ns[part]
                self.now.pop(part, None)

    def _failed(self, name: str, reason: str) -> None:
        was = self.now.get(name)
        self.failures[name] = self.failures.get(name, 0) + 1
        if was is None or was.reason != reason:
            self._say(f"{name}: {reason}; it is tried again")
        since = was.since_ns if was else self._clock()
        self.now[name] = Fault(reason, since, was.failures + 1 if was else 1)
