"""One partition at work: its engine, what waits to be counted, and how far each source has come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from lynceus.account import Account
from lynceus.cluster.bus import TABLE, Marker, header, least
from lynceus.cluster.saved import Messages, Saved
from lynceus.engine import Engine
from lynceus.ingest.arrow_rows import FLOWS, NoRows, shaped
from lynceus.protocols import Key
from lynceus.records import EVENT_SCHEMAS, FINDING_SCHEMA, LEAN, SCORED, Batch
from lynceus.trust import Losses, lowered

COUNTED_ROWS = 65_536
"""So many rows are counted though no window closes."""

SCHEMAS: dict[str, pl.Schema] = {FLOWS: pl.Schema({**LEAN, **SCORED}), **EVENT_SCHEMAS}


class Share:
    """A partition of a route. Any cut of its messages gives the same findings."""

    def __init__(
        self, route: Key, number: int, engine: Engine, abandon_s: float, saved: Saved | None = None
    ) -> None:
        self.route, self.number = route, number
        self._engine, self._abandon_s = engine, abandon_s
        self._saved = saved or Saved()
        self._markers: dict[str, Marker] = {}
        self._held: dict[str, list[pl.DataFrame]] = {}
        self._rows = 0
        self._counted: dict[str, Marker] = {}
        """The markers when it was counted last."""
        self.account = Account()
        """Messages that were no rows; the rows are in the account of the engine."""
        self.following = -1
        """The offset behind what was counted; -1: nothing was."""
        self.reached_ns: int | None = None
        """The time up to which windows are closed."""
        self.findings = [pl.DataFrame(schema=FINDING_SCHEMA)]
        """What was found and is not sent yet."""
        self.doubted: frozenset[str] = frozenset()
        """Detectors whose last findings were lowered for what was lost or forgotten."""
        self.unsaved = False
        """Whether more was counted than is saved."""

    @property
    def keep_ns(self) -> int:
        """Flows are held so long after their end."""
        tables = (table for one in self._engine.detectors.values() for table in one.reads)
        return max((table.width_ns for table in tables), default=0)

    @property
    def forgotten(self) -> int:
        """Groups of open windows that went for want of room since the partition's beginning."""
        return self._engine.open_windows.forgotten.total()

    def resume(self, snapshot: dict[str, Any], head: dict[str, Any]) -> None:
        """Goes on where it was saved. Raises ValueError where the detectors were others."""
        self._engine.resume(snapshot)
        self._markers = {m[0]: Marker.of(m) for m in head["markers"]}
        self._counted = dict(self._markers)
        self.following, self.reached_ns = head["following"], head["reached_ns"]

    def take(self, message: Any) -> None:
        """Takes in a message: rows wait until a window may close."""
        table = header(message, TABLE)
        if not table:
            self._mark(message)
            return
        try:
            rows = shaped(message.value() or b"", SCHEMAS[table])
        except (NoRows, KeyError):
            self.account.received += 1
            self.account.drop("message_of_no_rows")
            return
        self._held.setdefault(table, []).append(rows)
        self._rows += rows.height
        if self._rows >= COUNTED_ROWS:
            self._count(None, message.offset() + 1)

    def _mark(self, message: Any) -> None:
        try:
            marker = Marker.read(message.value() or b"")
        except (ValueError, TypeError):
            self.account.received += 1
            self.account.drop("message_of_no_rows")
            return
        self._markers[marker.source] = marker
        until = least(self._markers, self._abandon_s)
        step = self._engine.step_ns
        if until is not None and until // step > (self.reached_ns or 0) // step:
            self._count(until, message.offset() + 1)

    def _count(self, until_ns: int | None, following: int) -> None:
        held, self._held, self._rows = self._held, {}, 0
        flows = held.pop(FLOWS, [pl.DataFrame(schema=SCHEMAS[FLOWS])])
        events = {name: pl.concat(frames) for name, frames in sorted(held.items())}
        found = self._engine.advance(Batch(pl.concat(flows), events, until_ns))
        if not found.is_empty():
            forgotten = self._engine.lost()
            found, self.doubted = lowered(found, self._losses(), forgotten=forgotten)
        self.findings.append(found)
        self.following, self.unsaved = following, True
        self.reached_ns = self.reached_ns if until_ns is None else until_ns
        self._counted = dict(self._markers)

    def _losses(self) -> Losses:
        """The worst of what the sensors lost: whose rows are behind a finding is not known."""
        told = [marker.losses for marker in self._markers.values()]
        missed = max((one.missed for one in told), default=0.0)
        most = max(told, key=lambda one: (one.sampled, one.rate), default=Losses())
        return Losses(missed, most.sampled, most.rate)

    def changes(self) -> Messages:
        """What has to be written so that another can go on here."""
        oldest = None if self.reached_ns is None else self.reached_ns - self.keep_ns
        markers = [marker.told() for marker in self._counted.values()]
        return self._saved.changes(
            self._engine.snapshot(), oldest,
            markers=markers, following=self.following, reached_ns=self.reached_ns,
        )  # fmt: skip

    def sent(self) -> None:
        """What was found is with the others, and what was counted is saved."""
        self.findings = self.findings[:1]
        self.unsaved = False
        self._engine.hidden()  # What was suppressed is told by nobody here.

    @property
    def failed(self) -> Iterator[tuple[str, str]]:
        """Detectors that failed, with the reason."""
        return iter(self._engine.failed.items())
