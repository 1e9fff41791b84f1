"""Who exports: one number for each exporter, version and observation domain, kept between blocks.

Templates, rates of sampling and sequence numbers each hold within a session.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lynceus.ingest.wire_bytes import Places

MOST_SESSIONS = 16_384
"""Beyond these the ones that were silent for longest are forgotten between blocks."""

Session = tuple[str | None, int, int]
"""Exporter, version, observation domain."""


@dataclass
class Sessions:
    """The sessions by name, the one that spoke last at the end."""

    known: dict[Session, int] = field(default_factory=dict)
    following: int = 0
    """The number of the next new one; numbers are never given twice."""

    def numbers(self, exporters: Sequence[str | None], version: Places, domain: Places) -> Places:
        """The session of each datagram."""
        names = list(dict.fromkeys(exporters))
        ranks = {name: rank for rank, name in enumerate(names)}
        exporter = np.array([ranks[name] for name in exporters], np.int64)
        if not exporter.size:
            return exporter
        keys = np.stack([exporter, version, domain], axis=1)
        distinct, inverse = np.unique(keys, axis=0, return_inverse=True)
        found = [self._number((names[rank], kind, own)) for rank, kind, own in distinct.tolist()]
        return np.array(found, np.int64)[inverse.reshape(-1)]

    def _number(self, session: Session) -> int:
        number = self.known.pop(session, self.following)
        self.following = max(self.following, number + 1)
        self.known[session] = number
        return number

    def forget(self) -> set[int]:
        """Forgets those that are too many; gives their numbers."""
        over = list(self.known)[: max(len(self.known) - MOST_SESSIONS, 0)]
        return {self.known.pop(session) for session in over}
