"""The outbox: messages to channels, written with what they are about and sent afterwards.

A message waits until it is sent, told within another message, or dead. Of one subject and channel
only the oldest that waits may be sent, so that each channel hears of an incident in order. Whoever
sends takes a message for a while; one that is never given back is sent again, under its old key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from lynceus.incident import Incident
from lynceus.store.tables import AT_ONCE, CIRCUIT, INCIDENT, OUTBOX

WAITING, SENT, DEAD, FOLDED = "waiting", "sent", "dead", "folded"
STATES = (WAITING, SENT, DEAD, FOLDED)
_T = TypeVar("_T")


@dataclass(frozen=True)
class Message:
    """One message to one channel, as it stands in the outbox."""

    key: str
    channel: str
    subject: str
    """The incident it is about; of a digest its own key."""
    kind: str
    made_ns: int
    due_ns: int
    version: int | None = None
    """Of the incident, as it is told."""
    weight: float = 0.0
    """What is heavier is told by itself where not all can be."""
    held_for: str | None = None
    """Why it is not sent by itself; what is held for one reason is told in one message."""
    said_by: str = ""
    why: str = ""
    number: int = 0
    state: str = WAITING
    within: str | None = None
    """The message in which it was told."""
    attempts: int = 0
    taken_ns: int | None = None
    """Until when somebody is sending it."""
    done_ns: int | None = None
    answer: str = ""
    reference: Mapping[str, str] = field(default_factory=dict)
    """What the service gave for finding it again."""


@dataclass(frozen=True)
class Circuit:
    """How a channel did lately."""

    failures: int = 0
    until_ns: int = 0
    reason: str = ""


def key_of(*parts: object) -> str:
    """The key of a message: the same parts, the same message."""
    text = "\0".join(str(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def put(connection: Connection, messages: Sequence[Message]) -> int:
    """Adds messages; those that were there already count once. Gives how many were new."""
    known: set[str] = set()
    for keys in _parts([m.key for m in messages]):
        known |= set(connection.scalars(select(OUTBOX.c.key).where(OUTBOX.c.key.in_(keys))))
    rows = {m.key: _row(m) for m in messages if m.key not in known}
    if rows:
        connection.execute(OUTBOX.insert(), list(rows.values()))
    return len(rows)


def _row(message: Message) -> dict[str, Any]:
    row = {name: value for name, value in vars(message).items() if name != "number"}
    return row | {"reference": dict(message.reference)}


def messages(connection: Connection, *where: ColumnElement[bool]) -> list[Message]:
    """Those that agree with all conditions, in order."""
    rows = connection.execute(select(OUTBOX).where(*where).order_by(OUTBOX.c.number))
    return [Message(**row) for row in rows.mappings()]


def heads(connection: Connection, channel: str, now_ns: int, most: int) -> list[Message]:
    """What may be sent now: due, not held, not taken, the oldest of its subject."""
    before = OUTBOX.alias()
    older = exists().where(
        before.c.channel == OUTBOX.c.channel,
        before.c.subject == OUTBOX.c.subject,
        before.c.state == WAITING,
        before.c.number < OUTBOX.c.number,
    )
    rows = connection.execute(
        select(OUTBOX)
        .where(
            OUTBOX.c.state == WAITING,
            OUTBOX.c.channel == channel,
            OUTBOX.c.due_ns <= now_ns,
            OUTBOX.c.held_for.is_(None),
            OUTBOX.c.taken_ns.is_(None) | (OUTBOX.c.taken_ns <= now_ns),
            ~older,
        )
        .order_by(OUTBOX.c.number)
        .limit(most)
    )
    return [Message(**row) for row in rows.mappings()]


def take(connection: Connection, taken: Sequence[Message], now_ns: int, until_ns: int) -> list[int]:
    """Takes messages for sending; gives the numbers of those that nobody else had taken."""
    mine = []
    for one in taken:
        free = OUTBOX.c.taken_ns.is_(None) | (OUTBOX.c.taken_ns <= now_ns)
        done = connection.execute(
            OUTBOX.update()
            .where(OUTBOX.c.number == one.number, OUTBOX.c.state == WAITING, free)
            .values(taken_ns=until_ns)
        )
        if done.rowcount == 1:
            mine.append(one.number)
    return mine


def change(connection: Connection, numbers: Iterable[int], **values: Any) -> None:
    """Writes the same values into several messages."""
    for some in _parts(list(numbers)):
        connection.execute(OUTBOX.update().where(OUTBOX.c.number.in_(some)).values(**values))


def reference(connection: Connection, channel: str, subject: str) -> dict[str, str]:
    """What the service gave last for finding the messages of a subject."""
    rows = connection.scalars(
        select(OUTBOX.c.reference)
        .where(OUTBOX.c.subject == subject, OUTBOX.c.channel == channel, OUTBOX.c.state == SENT)
        .order_by(OUTBOX.c.number.desc())
    )
    return next((dict(one) for one in rows if one), {})


def told(connection: Connection, subjects: Sequence[str]) -> set[tuple[str, str]]:
    """Of these subjects, the channels that have heard of each, or will."""
    pairs: set[tuple[str, str]] = set()
    for some in _parts(list(subjects)):
        rows = connection.execute(
            select(OUTBOX.c.subject, OUTBOX.c.channel)
            .where(OUTBOX.c.subject.in_(some), OUTBOX.c.state != DEAD)
            .distinct()
        )
        pairs |= {(row.subject, row.channel) for row in rows}
    return pairs


def recent(connection: Connection, channel: str, kinds: Sequence[str], since_ns: int) -> list[int]:
    """When messages of these kinds were sent since then, the oldest first."""
    rows = connection.scalars(
        select(OUTBOX.c.done_ns)
        .where(
            OUTBOX.c.state == SENT,
            OUTBOX.c.channel == channel,
            OUTBOX.c.kind.in_(kinds),
            OUTBOX.c.done_ns > since_ns,
        )
        .order_by(OUTBOX.c.done_ns)
    )
    return [int(one) for one in rows if one is not None]


def contents(connection: Connection, key: str, most: int) -> tuple[list[Incident], dict[str, int]]:
    """What is told within a message: the weightiest incidents, and all by severity."""
    joined = and_(INCIDENT.c.id == OUTBOX.c.subject, INCIDENT.c.version == OUTBOX.c.version)
    inside = select(OUTBOX.c.number).where(OUTBOX.c.within == key).subquery()
    last = (
        select(func.max(OUTBOX.c.number))
        .where(OUTBOX.c.number.in_(select(inside.c.number)))
        .group_by(OUTBOX.c.subject)
    )
    rows = connection.execute(
        select(INCIDENT.c.body)
        .select_from(OUTBOX.join(INCIDENT, joined))
        .where(OUTBOX.c.number.in_(last))
        .order_by(OUTBOX.c.weight.desc(), OUTBOX.c.number)
        .limit(most)
    )
    incidents = [Incident.model_validate(row.body) for row in rows]
    counts = connection.execute(
        select(INCIDENT.c.severity, func.count())
        .select_from(OUTBOX.join(INCIDENT, joined))
        .where(OUTBOX.c.number.in_(last))
        .group_by(INCIDENT.c.severity)
    )
    return incidents, {severity: int(number) for severity, number in counts}


def states(connection: Connection) -> dict[str, dict[str, int]]:
    """By channel, how many messages are in each state."""
    rows = connection.execute(
        select(OUTBOX.c.channel, OUTBOX.c.state, func.count())
        .group_by(OUTBOX.c.channel, OUTBOX.c.state)
        .order_by(OUTBOX.c.channel, OUTBOX.c.state)
    )
    counts: dict[str, dict[str, int]] = {}
    for channel, state, number in rows:
        counts.setdefault(channel, {})[state] = int(number)
    return counts


def circuit(connection: Connection, channel: str) -> Circuit:
    """How a channel did lately."""
    row: Any = connection.execute(
        select(CIRCUIT.c.failures, CIRCUIT.c.until_ns, CIRCUIT.c.reason).where(
            CIRCUIT.c.channel == channel
        )
    ).first()
    return Circuit(row.failures, row.until_ns, row.reason) if row else Circuit()


def set_circuit(connection: Connection, channel: str, now: Circuit) -> None:
    """Keeps how a channel does; nothing where it does well."""
    connection.execute(CIRCUIT.delete().where(CIRCUIT.c.channel == channel))
    if now.failures:
        connection.execute(CIRCUIT.insert().values(channel=channel, **vars(now)))


def _parts(values: list[_T]) -> Iterator[list[_T]]:
    return (values[at : at + AT_ONCE] for at in range(0, len(values), AT_ONCE))
