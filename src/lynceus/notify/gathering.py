"""Many messages told in one: digests, quiet hours that are over, and channels that are full."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from lynceus.language import say
from lynceus.notify.channel import Channel
from lynceus.notify.routing import MINUTE_NS
from lynceus.store import outbox
from lynceus.store.ledger import Ledger
from lynceus.store.outbox import FOLDED, WAITING, Message, key_of
from lynceus.store.tables import OUTBOX

TOLD_TOGETHER = ("open", "update", "escalate")
"""Kinds of messages that may be told within another; what a person did is told by itself."""
COUNTED = (*TOLD_TOGETHER, "digest")


def gather(ledger: Ledger, connection: Connection, channel: Channel, now_ns: int) -> int:
    """Folds what was held until now, and what is more than the channel may carry.

    Gives how many messages were folded into others.
    """
    folded = _held(ledger, connection, channel, now_ns)
    return folded + (_crowd(ledger, connection, channel, now_ns) if channel.most else 0)


def _held(ledger: Ledger, connection: Connection, channel: Channel, now_ns: int) -> int:
    due = outbox.messages(
        connection,
        OUTBOX.c.state == WAITING,
        OUTBOX.c.channel == channel.name,
        OUTBOX.c.held_for.is_not(None),
        OUTBOX.c.due_ns <= now_ns,
    )
    reasons: dict[str, list[Message]] = {}
    for one in due:
        reasons.setdefault(one.held_for or "", []).append(one)
    folded = 0
    for why, some in reasons.items():
        if len(some) == 1:
            outbox.change(connection, [some[0].number], held_for=None)
        else:
            folded += _fold(ledger, connection, some, say("Told together: {why}.", why=why), now_ns)
    return folded


def _crowd(ledger: Ledger, connection: Connection, channel: Channel, now_ns: int) -> int:
    """The weightiest messages are told by themselves, one tells all others."""
    waiting = outbox.messages(
        connection,
        OUTBOX.c.state == WAITING,
        OUTBOX.c.channel == channel.name,
        OUTBOX.c.held_for.is_(None),
        OUTBOX.c.due_ns <= now_ns,
        OUTBOX.c.kind.in_(TOLD_TOGETHER),
        OUTBOX.c.attempts == 0,
        OUTBOX.c.taken_ns.is_(None),
    )
    window_ns = channel.within_min * MINUTE_NS
    sent = outbox.recent(connection, channel.name, COUNTED, now_ns - window_ns)
    free = channel.most - len(sent)
    if len(waiting) <= free:
        return 0
    why = say(
        "more than {most} messages in {minutes} min",
        most=channel.most,
        minutes=channel.within_min,
    )
    if free <= 0:
        until_ns = sent[len(sent) - channel.most] + window_ns
        numbers = [one.number for one in waiting]
        outbox.change(connection, numbers, held_for=why, due_ns=until_ns)
        return 0
    waiting.sort(key=lambda one: (-one.weight, one.number))
    rest = waiting[free - 1 :]
    return _fold(ledger, connection, rest, say("Told together: {why}.", why=why), now_ns)


def _fold(
    ledger: Ledger, connection: Connection, some: Sequence[Message], why: str, now_ns: int
) -> int:
    channel = some[0].channel
    key = key_of(channel, "digest", *(one.key for one in some))
    digest = Message(
        key=key, channel=channel, subject=key, kind="digest", made_ns=now_ns, due_ns=now_ns,
        weight=max(one.weight for one in some), why=why,
    )  # fmt: skip
    outbox.put(connection, [digest])
    numbers = [one.number for one in some]
    outbox.change(connection, numbers, state=FOLDED, within=key, done_ns=now_ns)
    told = {"channel": channel, "messages": len(some), "why": why}
    ledger.noted(connection, "alerts gathered", key, now_ns, **told)
    return len(some)
