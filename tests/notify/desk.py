"""A ledger, settings and a clock that stands where it is put."""

from __future__ import annotations

from typing import Any

from lynceus.incident import Incident
from lynceus.notify.delivery import Delivery, Turn
from lynceus.notify.dispatch import Dispatch
from lynceus.notify.settings import NotifySettings
from lynceus.store import outbox
from lynceus.store.audit import broken, entries
from lynceus.store.ledger import Ledger
from lynceus.store.outbox import Message
from notify.made import AT_NS, MINUTE_NS, incident
from notify.recorder import Recorder

SECOND_NS = 10**9
DAY_NS = 24 * 60 * MINUTE_NS


class Desk:
    """A ledger, a channel and a clock that stands where it is put."""

    def __init__(self, ledger: Ledger, told: NotifySettings) -> None:
        self.ledger = ledger
        self.settings = told
        self.now_ns = AT_NS

    def take(self, *incidents: Incident) -> int:
        return Dispatch(self.ledger, self.settings).take(incidents, at_ns=self.now_ns)

    def turn(self, after_ns: int = 0) -> Turn:
        self.now_ns += after_ns
        return Delivery(self.ledger, self.settings).turn(self.now_ns)

    def changed(self, kind: str, number: int = 1) -> int:
        change = getattr(Dispatch(self.ledger, self.settings), kind)
        told: int = change(incident(number).id, said_by="ada", why="our scanner", at_ns=self.now_ns)
        return told

    def messages(self, *where: Any) -> list[Message]:
        with self.ledger.transaction() as connection:
            return outbox.messages(connection, *where)

    def states(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for one in self.messages():
            counts[one.state] = counts.get(one.state, 0) + 1
        return counts

    def acts(self) -> list[str]:
        with self.ledger.transaction() as connection:
            assert broken(connection) == []
            return [entry.action for entry, _ in entries(connection)]


def worse(number: int = 1) -> Incident:
    return incident(number, severity="critical", score=95.0, summary="It is worse.")


class Tool(Recorder):
    """A channel that no person reads."""

    for_people = False
