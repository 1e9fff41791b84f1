"""From incidents to messages in the outbox: what is new, what grew, what a person took on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Connection, select

from lynceus.incident import Incident
from lynceus.language import say
from lynceus.notify.notice import Kind
from lynceus.notify.routing import MINUTE_NS, Route, Way, important
from lynceus.notify.settings import NotifySettings
from lynceus.records import SEVERITIES
from lynceus.store import outbox
from lynceus.store.ledger import Ledger, LedgerError
from lynceus.store.outbox import DEAD, FOLDED, SENT, WAITING, Message, key_of
from lynceus.store.tables import ALERT, AT_ONCE, INCIDENT, OUTBOX

OPEN, ACKNOWLEDGED, RESOLVED = "open", "acknowledged", "resolved"
NEWS = ("open", "update")
"""Kinds of messages of which a later one says all that an earlier one did."""


@dataclass(frozen=True)
class Dispatch:
    """Writes into the outbox of a ledger by the rules that a person set."""

    ledger: Ledger
    settings: NotifySettings

    def take(self, incidents: Iterable[Incident], *, at_ns: int) -> int:
        """Keeps incidents and writes who is to be told of them, both or neither.

        What was told already counts once, however often it is taken. Gives how many messages were
        written. Raises `LedgerError`.
        """
        messages: list[Message] = []
        opened: list[dict[str, Any]] = []
        with self.ledger.transaction() as connection:
            kept = self.ledger.keep(connection, incidents, at_ns=at_ns)
            known = _alerts(connection, [incident.id for incident, *_ in kept])
            heard = outbox.told(connection, list(known))
            for incident, version, _ in kept:
                alert = known.get(incident.id)
                if alert is not None and alert["version"] >= version:
                    continue
                routes = self.settings.routing.agreeing(incident, at_ns)
                if not routes:
                    continue
                ways = self.settings.routing.ways(incident, routes, at_ns)
                news = _News(incident, version, alert, at_ns)
                messages += self._messages(connection, news, ways.values(), heard)
                first_ns = min(way.due_ns for way in ways.values())
                if alert is None or news.again:
                    opened.append(_opened(news, routes, first_ns))
                else:
                    _grown(connection, news, routes)
            _open(connection, opened)
            return outbox.put(connection, messages)

    def _messages(
        self,
        connection: Connection,
        news: _News,
        ways: Iterable[Way],
        heard: set[tuple[str, str]],
    ) -> Iterator[Message]:
        """What is to be told of an incident, a message a channel."""
        incident, before = news.incident, None
        if news.alert is not None and not news.again:
            before = incident_of(connection, incident.id, news.alert["version"])
        for way in ways:
            kind: Kind = "open"
            known = (incident.id, way.channel) in heard
            if known and not news.again:
                if not self._worth(way, before, incident):
                    continue
                kind = "update"
            message = Message(
                key=key_of(way.channel, incident.id, kind, news.version), channel=way.channel,
                subject=incident.id, kind=kind, version=news.version, made_ns=news.at_ns,
                due_ns=way.due_ns, held_for=way.held_for, weight=weight(incident),
            )  # fmt: skip
            earlier = _untried(connection, incident.id, way.channel) if known else []
            yield self._superseding(connection, message, earlier)

    def _worth(self, way: Way, before: Incident | None, now: Incident) -> bool:
        """Whether a change is told this way; tools are told of every one."""
        if way.updates == "none" or before is None:
            return way.updates != "none"
        people = self.settings.channels[way.channel].for_people
        return not people or way.updates == "all" or important(before, now)

    def _superseding(
        self, connection: Connection, message: Message, earlier: Sequence[Message]
    ) -> Message:
        """The message, with what waits and was never tried told within it."""
        if not earlier:
            return message
        kind = "open" if any(one.kind == "open" for one in earlier) else message.kind
        key = key_of(message.channel, message.subject, kind, message.version)
        soonest = min((message, *earlier), key=lambda one: (one.held_for is not None, one.due_ns))
        numbers = [one.number for one in earlier]
        outbox.change(connection, numbers, state=FOLDED, within=key, done_ns=message.made_ns)
        return replace(
            message, key=key, kind=kind, due_ns=soonest.due_ns, held_for=soonest.held_for
        )

    def acknowledge(self, incident: str, *, said_by: str, why: str, at_ns: int) -> int:
        """Somebody looks at an incident: it escalates no more, and its channels are told.

        Gives how many. Raises `LedgerError` where no such incident was told or it is over.
        """
        return self._changed(incident, "acknowledge", said_by, why, at_ns)

    def resolve(self, incident: str, *, said_by: str, why: str, at_ns: int) -> int:
        """An incident is over, and its channels are told. Gives how many. Raises `LedgerError`."""
        return self._changed(incident, "resolve", said_by, why, at_ns)

    def _changed(
        self,
        incident: str,
        kind: Literal["acknowledge", "resolve"],
        said_by: str,
        why: str,
        at_ns: int,
    ) -> int:
        state = ACKNOWLEDGED if kind == "acknowledge" else RESOLVED
        with self.ledger.transaction() as connection:
            alert = _alerts(connection, [incident]).get(incident)
            if alert is None:
                raise LedgerError(f"{incident!r}: nobody was told of such an incident")
            if alert["state"] in (state, RESOLVED):
                raise LedgerError(f"{incident}: is {alert['state']} already")
            connection.execute(
                ALERT.update()
                .where(ALERT.c.incident == incident)
                .values(state=state, said_by=said_by, why=why, changed_ns=at_ns, escalate_ns=None)
            )
            version, opened_ns = alert["version"], alert["opened_ns"]
            messages = [
                Message(
                    key=key_of(channel, incident, kind, version, opened_ns), channel=channel,
                    subject=incident, kind=kind, version=version, made_ns=at_ns, due_ns=at_ns,
                    said_by=said_by, why=why,
                )
                for channel in _listening(connection, incident)
            ]  # fmt: skip
            self.ledger.noted(
                connection, f"alert {kind}", incident, at_ns, said_by=said_by, why=why
            )
            return outbox.put(connection, messages)

    def escalate(self, connection: Connection, now_ns: int) -> int:
        """Writes who is told besides of what nobody has acknowledged. Gives how many messages."""
        rows = connection.execute(
            select(ALERT).where(ALERT.c.state == OPEN, ALERT.c.escalate_ns <= now_ns)
        )
        messages: list[Message] = []
        for alert in rows.mappings().all():
            steps = _steps([r for r in self.settings.routing.routes if r.name in alert["routes"]])
            due = [s for s in steps if alert["opened_ns"] + s[0] * MINUTE_NS <= now_ns]
            fresh = due[alert["escalated"] :]
            body = incident_of(connection, alert["incident"], alert["version"])
            messages += [
                Message(
                    key=key_of(channel, alert["incident"], "escalate", alert["opened_ns"], after),
                    channel=channel, subject=alert["incident"], kind="escalate",
                    version=alert["version"], made_ns=now_ns, due_ns=now_ns, weight=weight(body),
                    why=say("Nobody has acknowledged this for {minutes} min.", minutes=after),
                )
                for after, channel in fresh
            ]  # fmt: skip
            connection.execute(
                ALERT.update()
                .where(ALERT.c.incident == alert["incident"])
                .values(
                    escalated=len(due), escalate_ns=_next(steps[len(due) :], alert["opened_ns"])
                )
            )
        return outbox.put(connection, messages)

    def retry(self, *, at_ns: int, channel: str | None = None, key: str | None = None) -> int:
        """Dead messages wait to be sent again. Gives how many. Raises `LedgerError`."""
        with self.ledger.transaction() as connection:
            where = [OUTBOX.c.state == DEAD]
            where += [OUTBOX.c.channel == channel] if channel else []
            where += [OUTBOX.c.key.startswith(key, autoescape=True)] if key else []
            dead = outbox.messages(connection, *where)
            numbers = [one.number for one in dead]
            outbox.change(
                connection, numbers, state=WAITING, attempts=0, due_ns=at_ns, taken_ns=None,
                done_ns=None,
            )  # fmt: skip
            for one in dead:
                self.ledger.noted(connection, "alert retry", one.key, at_ns, channel=one.channel)
        return len(dead)


@dataclass(frozen=True)
class _News:
    """What is new about an incident."""

    incident: Incident
    version: int
    alert: Mapping[str, Any] | None
    """What became of it before; None where nobody was told."""
    at_ns: int

    @property
    def again(self) -> bool:
        """Whether it was over."""
        return self.alert is not None and self.alert["state"] == RESOLVED


def _opened(news: _News, routes: Sequence[Route], first_ns: int) -> dict[str, Any]:
    """The row of an alert that begins, the first time or again."""
    return {
        "incident": news.incident.id, "version": news.version, "state": OPEN,
        "opened_ns": first_ns, "changed_ns": news.at_ns, "said_by": "", "why": "",
        "routes": [route.name for route in routes], "escalated": 0,
        "escalate_ns": _next(_steps(routes), first_ns),
    }  # fmt: skip


def _open(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    for at in range(0, len(rows), AT_ONCE):
        ids = [row["incident"] for row in rows[at : at + AT_ONCE]]
        connection.execute(ALERT.delete().where(ALERT.c.incident.in_(ids)))
    if rows:
        connection.execute(ALERT.insert(), list(rows))


def _grown(connection: Connection, news: _News, routes: Sequence[Route]) -> None:
    """An alert that goes on, perhaps by more routes than before."""
    alert = news.alert or {}
    changed: dict[str, Any] = {"version": news.version, "changed_ns": news.at_ns}
    if new := [route.name for route in routes if route.name not in alert["routes"]]:
        changed["routes"] = [*alert["routes"], *new]
        if alert["state"] == OPEN:
            # Its steps are looked at in the next turn; what was told before has its key already.
            changed |= {"escalated": 0, "escalate_ns": news.at_ns}
    connection.execute(ALERT.update().where(ALERT.c.incident == news.incident.id).values(**changed))


def _untried(connection: Connection, incident: str, channel: str) -> list[Message]:
    """News of an incident that wait for a channel and that nobody has tried to send."""
    return outbox.messages(
        connection,
        OUTBOX.c.subject == incident,
        OUTBOX.c.channel == channel,
        OUTBOX.c.state == WAITING,
        OUTBOX.c.kind.in_(NEWS),
        OUTBOX.c.attempts == 0,
        OUTBOX.c.taken_ns.is_(None),
    )


def _steps(routes: Iterable[Route]) -> list[tuple[int, str]]:
    """All steps of escalation in their order: after how many minutes, to which channel."""
    return sorted({(e.after_min, to) for route in routes for e in route.escalate for to in e.to})


def _next(steps: Sequence[tuple[int, str]], opened_ns: int) -> int | None:
    return opened_ns + steps[0][0] * MINUTE_NS if steps else None


def _alerts(connection: Connection, incidents: Sequence[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for at in range(0, len(incidents), AT_ONCE):
        some = incidents[at : at + AT_ONCE]
        rows = connection.execute(select(ALERT).where(ALERT.c.incident.in_(some)))
        found |= {row["incident"]: dict(row) for row in rows.mappings()}
    return found


def _listening(connection: Connection, incident: str) -> list[str]:
    """The channels in which an incident has, or will have, a message of its own."""
    rows = connection.scalars(
        select(OUTBOX.c.channel)
        .where(OUTBOX.c.subject == incident, OUTBOX.c.state.in_((WAITING, SENT)))
        .distinct()
        .order_by(OUTBOX.c.channel)
    )
    return list(rows)


def incident_of(connection: Connection, incident: str, version: int) -> Incident:
    """An incident as it was in one of its versions."""
    body = connection.execute(
        select(INCIDENT.c.body).where(INCIDENT.c.id == incident, INCIDENT.c.version == version)
    ).scalar_one()
    return Incident.model_validate(body)


def weight(incident: Incident) -> float:
    """What is told by itself before others: severity first, then score."""
    return SEVERITIES.index(incident.severity) * 1000 + incident.score
