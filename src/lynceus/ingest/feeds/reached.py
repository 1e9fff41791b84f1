"""How far the time of a source has come that reads several things side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lynceus.moments import NS


@dataclass(frozen=True)
class Reached:
    """The last end that was seen, and the time that nothing more is told of."""

    seen_ns: int | None = None
    past_ns: int | None = None

    def after(
        self, last_end_ns: int | None, holding: Sequence[int | None], lateness_s: float
    ) -> Reached:
        """How far it is after more was read, whose last row ended then.

        `holding`: the times at which what is still behind stands; None where one is not known, and
        time waits for it.
        """
        seen = _latest(self.seen_ns, last_end_ns)
        if not holding:
            reached = seen
        elif None in holding:
            reached = None
        else:
            reached = min(ns for ns in holding if ns is not None)
        if reached is not None:
            reached -= int(lateness_s * NS)
        return Reached(seen, _latest(self.past_ns, reached))


def _latest(one: int | None, other: int | None) -> int | None:
    return max((ns for ns in (one, other) if ns is not None), default=None)
