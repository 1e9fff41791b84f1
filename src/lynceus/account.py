"""The noun that says what became of records: `Account`, what went in and why not all came out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

NO_LOSS = frozenset({"duplicate", "not_ip", "arp_unsupported"})
"""Reasons for which a record is dropped without anything being lost that a detector reads."""


@dataclass
class Account:
    """What went in, what came out, and why the rest did not: in = out + sum(dropped)."""

    received: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    notes: dict[str, int] = field(default_factory=dict)
    """Counted facts that lose no record but lower trust: bytes missed, fields unreadable."""
    unseen: dict[str, tuple[int, int]] = field(default_factory=dict)
    """What never reached the sensor, by the unit it was counted in: how many came, how many not."""

    def miss(self, unit: str, seen: int, missed: int) -> None:
        """Counts what the sensor says it did not see, beside what it saw."""
        if seen > 0 or missed > 0:
            came, gone = self.unseen.get(unit, (0, 0))
            self.unseen[unit] = came + max(0, seen), gone + max(0, missed)

    def drop(self, reason: str, count: int = 1) -> None:
        """Counts records that end here."""
        if count:
            self.dropped[reason] += count

    def note(self, reason: str, count: int = 1) -> None:
        """Counts a fact that is worth saying though no record is lost."""
        if count:
            self.notes[reason] = self.notes.get(reason, 0) + count

    def note_by_kind(self, reason: str, counts: Mapping[str, int], most: int = 8) -> None:
        """Counts facts of several kinds: all together, and the most frequent kinds by their name.

        Names may come from anywhere: of each up to forty plain characters are kept.
        """
        self.note(reason, sum(counts.values()))
        for kind in sorted(counts, key=lambda kind: (-counts[kind], kind))[:most]:
            word = re.sub(r"[^A-Za-z0-9_-]", "_", kind)[:40]
            self.note(f"{reason}_{word}", counts[kind])

    def merge(self, other: Account) -> None:
        """Adds another account to this one."""
        self.received += other.received
        self.kept += other.kept
        self.dropped.update(other.dropped)
        for reason, count in other.notes.items():
            self.note(reason, count)
        for unit, counts in other.unseen.items():
            self.miss(unit, *counts)

    def since(self, before: Account) -> Account:
        """What was counted after another state of this account."""
        dropped = Counter({r: n - before.dropped[r] for r, n in self.dropped.items()})
        counted = Account(self.received - before.received, self.kept - before.kept, +dropped)
        for reason, count in self.notes.items():
            counted.note(reason, count - before.notes.get(reason, 0))
        for unit, (came, gone) in self.unseen.items():
            was = before.unseen.get(unit, (0, 0))
            counted.miss(unit, came - was[0], gone - was[1])
        return counted

    @property
    def balanced(self) -> bool:
        """Whether nothing was lost quietly."""
        return self.received == self.kept + sum(self.dropped.values())

    @property
    def loss_share(self) -> float:
        """Share of what came in that was lost, 0..1; what tells nothing new is no loss."""
        lost = sum(n for reason, n in self.dropped.items() if reason not in NO_LOSS)
        return lost / self.received if self.received else 0.0
