"""From the outbox to the channels, a turn at a time.

A turn is told what time it is, so that what it does can be tried without waiting. Channels do not
wait for each other, and nothing is held in a transaction while a service is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import cast

from sqlalchemy import Connection

from lynceus.incident import Incident
from lynceus.moments import NS
from lynceus.notify.channel import Channel, ChannelError, Locked, Refused, Unavailable
from lynceus.notify.dispatch import Dispatch, incident_of
from lynceus.notify.gathering import gather
from lynceus.notify.notice import LISTED, Kind, Notice, Reference, Said
from lynceus.notify.patience import ATTEMPTS, FAILURES, after_failure, pause_ns
from lynceus.notify.settings import NotifySettings
from lynceus.secret import without_secrets
from lynceus.shown import shown
from lynceus.store import outbox
from lynceus.store.ledger import Ledger
from lynceus.store.outbox import DEAD, SENT, Circuit, Message

BATCH = 10
"""Messages that are taken at once; who is killed leaves so many to be sent again."""
MOST = 500
"""Most messages of a channel in one turn."""
IN_FULL = ("open", "update", "escalate")
"""Kinds of messages that tell an incident with its sentences."""
LEASE_NS = 120 * NS
"""So long a message stays taken; longer than sending one may last."""


@dataclass
class Lane:
    """What a turn did for one channel."""

    sent: int = 0
    dead: int = 0
    problem: str = ""
    """Why not everything was sent that is due."""


@dataclass(frozen=True)
class Turn:
    """What a turn did."""

    escalated: int = 0
    folded: int = 0
    lanes: Mapping[str, Lane] = field(default_factory=dict)

    @property
    def sent(self) -> int:
        """Messages that were taken by their services."""
        return sum(lane.sent for lane in self.lanes.values())

    @property
    def dead(self) -> int:
        """Messages that were given up."""
        return sum(lane.dead for lane in self.lanes.values())

    @property
    def problems(self) -> dict[str, str]:
        """By channel, why not everything was sent."""
        return {name: lane.problem for name, lane in self.lanes.items() if lane.problem}


@dataclass(frozen=True)
class Delivery:
    """Sends what waits in the outbox of a ledger."""

    ledger: Ledger
    settings: NotifySettings
    site: str = "default"
    words: Callable[[Incident], Incident] = lambda incident: incident
    """Gives an incident in other words where there are any; it may take a few seconds."""

    def turn(self, now_ns: int, within_s: float | None = None) -> Turn:
        """Sends all that is due; begins no message after so long. Raises `LedgerError`."""
        until = None if within_s is None else time.monotonic() + within_s
        channels = list(self.settings.channels.values())
        with self.ledger.transaction() as connection:
            escalated = Dispatch(self.ledger, self.settings).escalate(connection, now_ns)
            folded = sum(
                gather(self.ledger, connection, channel, now_ns)
                for channel in channels
                if outbox.circuit(connection, channel.name).until_ns <= now_ns
            )
            busy = outbox.states(connection)
        wanted = [c for c in channels if outbox.WAITING in busy.get(c.name, {})]
        if not wanted:
            return Turn(escalated, folded)
        with ThreadPoolExecutor(len(wanted), thread_name_prefix="lynceus-alerts") as pool:
            lanes = pool.map(lambda channel: self._lane(channel, now_ns, until), wanted)
            return Turn(escalated, folded, dict(zip((c.name for c in wanted), lanes, strict=True)))

    def _lane(self, channel: Channel, now_ns: int, until: float | None) -> Lane:
        lane = Lane()
        while lane.sent + lane.dead < MOST:
            with self.ledger.transaction() as connection:
                circuit = outbox.circuit(connection, channel.name)
                if circuit.until_ns > now_ns:
                    lane.problem = lane.problem or circuit.reason
                    return lane
                batch = 1 if circuit.failures >= FAILURES else BATCH
                heads = outbox.heads(connection, channel.name, now_ns, batch)
                mine = outbox.take(connection, heads, now_ns, now_ns + LEASE_NS)
                taken = [one for one in heads if one.number in mine]
                loads = [self._load(connection, one, now_ns) for one in taken]
            if not taken:
                return lane
            for place, (message, load) in enumerate(zip(taken, loads, strict=True)):
                late = until is not None and time.monotonic() > until
                if late or not self._sent(channel, message, load, now_ns, lane):
                    self._given_back([one.number for one in taken[place + (not late) :]])
                    return lane
        return lane

    def _load(self, connection: Connection, message: Message, now_ns: int) -> _Load:
        counts: dict[str, int] = {}
        if message.kind == "digest":
            incidents, counts = outbox.contents(connection, message.key, LISTED)
        else:
            incidents = [incident_of(connection, message.subject, message.version or 0)]
        notice = Notice(
            key=message.key,
            kind=cast(Kind, message.kind),
            at_ns=message.made_ns,
            sent_ns=now_ns,
            site=incidents[0].site if incidents else self.site,
            incidents=tuple(incidents),
            counts=counts,
            said_by=message.said_by,
            why=message.why,
        )
        return notice, outbox.reference(connection, message.channel, message.subject)

    def _sent(
        self, channel: Channel, message: Message, load: _Load, now_ns: int, lane: Lane
    ) -> bool:
        """Sends one message; False where the channel takes no more for now."""
        notice, before = load
        if notice.kind in IN_FULL:
            notice = replace(notice, incidents=tuple(map(self.words, notice.incidents)))
        try:
            said = told(channel, notice, before)
        except Refused as error:
            lane.dead += 1
            lane.problem = str(error)
            self._dead(message, message.attempts + 1, str(error), now_ns)
            return True
        except ChannelError as error:
            lane.problem = str(error)
            self._failed(message, error, now_ns, lane)
            return False
        with self.ledger.transaction() as connection:
            outbox.change(
                connection, [message.number], state=SENT, done_ns=now_ns, taken_ns=None,
                attempts=message.attempts + 1, answer=said.text, reference=dict(said.reference),
            )  # fmt: skip
            self._noted(connection, "alert sent", message, now_ns, said.text)
            if outbox.circuit(connection, message.channel).failures:
                outbox.set_circuit(connection, message.channel, Circuit())
        lane.sent += 1
        return True

    def _failed(self, message: Message, error: ChannelError, now_ns: int, lane: Lane) -> None:
        """Writes when it is tried again: the message, and the channel."""
        locked = isinstance(error, Locked)
        # What is wrong with the channel is not the message's fault.
        attempts = message.attempts + (0 if locked else 1)
        if attempts >= ATTEMPTS:
            lane.dead += 1
            self._dead(message, attempts, str(error), now_ns)
        after_s = error.after_s if isinstance(error, Unavailable) else None
        with self.ledger.transaction() as connection:
            before = outbox.circuit(connection, message.channel)
            after = after_failure(
                message.channel, before, str(error), now_ns, locked=locked, after_s=after_s
            )
            outbox.set_circuit(connection, message.channel, after)
            if before.failures < FAILURES <= after.failures:
                self.ledger.noted(
                    connection, "channel rests", message.channel, now_ns, reason=str(error)
                )
            if attempts < ATTEMPTS:
                wait_ns = 0 if locked else pause_ns(message.key, attempts)
                outbox.change(
                    connection, [message.number], attempts=attempts, taken_ns=None,
                    due_ns=max(now_ns + wait_ns, after.until_ns), answer=str(error),
                )  # fmt: skip

    def _dead(self, message: Message, attempts: int, reason: str, now_ns: int) -> None:
        with self.ledger.transaction() as connection:
            outbox.change(
                connection, [message.number], state=DEAD, done_ns=now_ns, taken_ns=None,
                attempts=attempts, answer=reason,
            )  # fmt: skip
            self._noted(connection, "alert dead", message, now_ns, reason)

    def _given_back(self, numbers: list[int]) -> None:
        with self.ledger.transaction() as connection:
            outbox.change(connection, numbers, taken_ns=None)

    def _noted(
        self, connection: Connection, action: str, message: Message, now_ns: int, answer: str
    ) -> None:
        self.ledger.noted(
            connection, action, message.key, now_ns, channel=message.channel,
            incident=message.subject, kind=message.kind, answer=answer,
        )  # fmt: skip


_Load = tuple[Notice, Reference]
"""A message as a channel is told it, and what the service said of the ones before."""


def told(channel: Channel, notice: Notice, before: Reference) -> Said:
    """What the service said. Raises `ChannelError`, whatever else goes wrong in a channel."""
    try:
        return channel.tell(notice, before)
    except ChannelError:
        raise
    except Exception as error:
        text = without_secrets(shown(str(error)), channel.secrets())
        raise Unavailable(f"{channel.name}: {type(error).__name__}: {text[:200]}") from error
