"""What exporters sent and nobody got, by the gaps of their sequence numbers."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field

import numpy as np

from lynceus.account import Account
from lynceus.ingest.wire_bytes import Places

RESTART = 1 << 16
"""A step this far, either way, is an exporter that began anew and tells of no loss."""

MOST_EXPORTERS = 50
"""Exporters that are named in the account; the others are counted together."""


@dataclass
class Sequences:
    """Where the numbering of each session stood: the last number, and how far it moved on."""

    last: dict[int, tuple[int, int]] = field(default_factory=dict)

    def told(
        self,
        account: Account,
        what: str,
        exporters: Sequence[str | None],
        session: Places,
        numbered: tuple[Places, Places],
    ) -> int:
        """Notes what is missing of a block (`what`: records, datagrams), and how much that is.

        `numbered` is of each datagram its sequence number and how far it moves that on, -1 where
        that is not known.
        """
        if not session.size:
            return 0
        sequence, step = numbered
        present, own = np.unique(session, return_inverse=True)
        own = own.reshape(-1)
        before = [
            (at, *self.last[number])
            for at, number in enumerate(present.tolist())
            if number in self.last
        ]
        earlier = np.array(before, np.int64).reshape(-1, 3)
        found = lost(
            np.concatenate([earlier[:, 0], own]),
            np.concatenate([earlier[:, 1], sequence]),
            np.concatenate([earlier[:, 2], step]),
        )
        tell(account, what, exporters, own, found)
        last = session.size - 1 - np.unique(own[::-1], return_index=True)[1]
        for number, at in zip(present.tolist(), last.tolist(), strict=True):
            self.last[number] = (int(sequence[at]), int(step[at]))
        return int(found[0].sum())

    def forget(self, sessions: Container[int]) -> None:
        """Forgets sessions."""
        self.last = {number: at for number, at in self.last.items() if number not in sessions}


def lost(session: Places, sequence: Places, step: Places) -> tuple[Places, Places]:
    """For each session, in its order, how much was lost and how often it began anew.

    `step` is how far a datagram moves the sequence on, -1 where that is not known. Datagrams that
    come late take back what they seemed to be missing.
    """
    sessions = int(session.max()) + 1 if session.size else 0
    order = np.argsort(session, kind="stable")
    s, q, n = session[order], sequence[order], step[order]
    gap = ((q[1:] - (q[:-1] + n[:-1]) + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
    follows = (s[1:] == s[:-1]) & (n[:-1] >= 0)
    anew = follows & (np.abs(gap) > RESTART)
    counted = np.where(follows & ~anew, gap, 0)
    missed = np.zeros(sessions, np.int64)
    restarts = np.zeros(sessions, np.int64)
    np.add.at(missed, s[1:], counted)
    np.add.at(restarts, s[1:], anew)
    return np.maximum(missed, 0), restarts


def tell(
    account: Account,
    what: str,
    exporters: Sequence[str | None],
    session: Places,
    found: tuple[Places, Places],
) -> None:
    """Notes what was lost (`what`: records, datagrams) by the exporter of each session."""
    missed, restarts = found
    account.note("exporter_restarts", int(restarts.sum()))
    names: dict[str, int] = {}
    for number in np.flatnonzero(missed):
        name = exporters[int(np.argmax(session == number))] or "unknown_exporter"
        name = name if name in names or len(names) < MOST_EXPORTERS else "others"
        names[name] = names.get(name, 0) + int(missed[number])
    for name, count in names.items():
        account.note(f"{what}_lost_from_{name}", count)
