"""When exporters began, finer than the whole seconds in which NetFlow 9 tells the time.

A header tells the exporter's uptime in milliseconds and the time with its fraction cut off, so each
says that the exporter began up to a second too early; the latest that any of them said is nearest.
Where one says more than a second less, the exporter's clock was set back, and it is believed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lynceus.ingest.wire_bytes import Places

NS = 1_000_000_000
MOST_SET_BACK = 16
"""A clock that is set back more often among the datagrams of a block is none: nothing is made
finer then."""


@dataclass
class Clocks:
    """By session when its exporter began, ns since 1970."""

    began: dict[int, int] = field(default_factory=dict)

    def finer(self, session: Places, told_ns: Places) -> Places:
        """When each datagram's exporter began, in their order; `told_ns` is what each one says."""
        found = told_ns.copy()
        for number in np.unique(session).tolist():
            rows = np.flatnonzero(session == number)
            found[rows] = self._of_one(number, told_ns[rows])
        return found

    def _of_one(self, number: int, told_ns: Places) -> Places:
        latest = np.maximum.accumulate(np.maximum(told_ns, self.began.get(number, told_ns[0])))
        for _ in range(MOST_SET_BACK):
            back = np.flatnonzero(told_ns < latest - NS)
            if not back.size:
                self.began[number] = int(latest[-1])
                return latest
            at = int(back[0])
            latest[at:] = np.maximum.accumulate(told_ns[at:])
        self.began.pop(number, None)
        return told_ns

    def forget(self, sessions: set[int]) -> None:
        """Sessions that are known no more."""
        for number in sessions & self.began.keys():
            del self.began[number]
