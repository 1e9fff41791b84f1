"""Topics of Apache Kafka: JSON lines of any shape that is known, or rows of ours as Arrow IPC.

A place holds the next offset of each partition. Offsets are committed to the group once they are
kept; a reading goes on at the later of its place and what its group has committed, so that several
may share the partitions of a group.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar, Literal

from lynceus.account import Account
from lynceus.ingest import ReadOptions, arrow_rows, blocks
from lynceus.ingest.feeds import kafka_client
from lynceus.ingest.feeds.cuts import Cuts
from lynceus.ingest.feeds.feed import Chunk, FeedError, Place, Room
from lynceus.ingest.feeds.followed import clock_ns
from lynceus.ingest.feeds.reached import Reached
from lynceus.ingest.identity import identified
from lynceus.ingest.inputs import Block
from lynceus.records import Batch

CHUNK_MESSAGES = 20_000
CHUNK_BYTES = 8 << 20
"""Most that one chunk holds."""
ARRIVALS_S = 0.25
"""So long messages are gathered for a chunk."""
TABLE = "table"
"""The header of a message of Arrow IPC: which table its rows are of; without it flows."""

Partition = str
"""`topic:number`."""


@dataclass(frozen=True)
class Kafka:
    """Topics of Apache Kafka, read as a member of a consumer group."""

    topics: tuple[str, ...]
    """Their names; one that begins with `^` is a pattern."""
    brokers: str = "127.0.0.1:9092"
    """`host:port`, several with commas between."""
    group: str = "lynceus"
    """The consumer group; members share the partitions."""
    begin: Literal["earliest", "latest"] = "earliest"
    """Where a group begins that has read nothing yet."""
    tls: bool = False
    """Whether the connection is TLS."""
    ca_file: str = ""
    """The certificates that are trusted; left out: those of the system."""
    username: str = ""
    """The name to log in with, by SCRAM-SHA-512 over TLS."""
    password_file: str = ""
    """The file that holds the password."""
    password_env: str = ""
    """The environment variable that holds the password."""
    flows_of_events: bool = False
    """Whether flows are made of what events tell: for topics without conn.log or flow records."""
    lateness_s: float = 330.0
    """As of logs: a sensor tells of a flow when it gives it up."""
    pace: ClassVar[Literal["clock", "record"]] = "record"
    beside: ClassVar[tuple[str, ...]] = ("ca_file", "password_file")

    def usable(self, name: str) -> None:
        """Raises `FeedError` where nothing is to be read, and where a password would be seen."""
        if not self.topics:
            raise FeedError(f"{name}: no topics to read")
        kafka_client.guarded(self)

    def open(self, room: Room) -> Consuming:
        """Joins the group. Raises `FeedError`."""
        self.usable(room.name)
        try:
            return Consuming(self, room)
        except OSError as error:
            raise FeedError(f"{room.name}: {room.folder}: {error.strerror}") from error


@dataclass
class Held:
    """What came of one partition and was not given yet."""

    messages: deque[Any] = field(default_factory=deque)
    following: int = 0
    """The offset behind the last message that was given."""
    clock_ns: int | None = None
    ended: bool = False
    """Whether there was no more when it was last looked."""


class Consuming:
    """Topics that are read."""

    def __init__(self, options: Kafka, room: Room) -> None:
        self._options, self._room = options, room
        self._read = ReadOptions(site=room.site, derive_flows=options.flows_of_events)
        self._cuts = Cuts(room.folder / "cuts.jsonl")
        self._library = kafka_client.library()
        self._settings = {
            **kafka_client.reached_by(options),
            **kafka_client.complaining(room.say, room.name),
            "group.id": options.group,
            "auto.offset.reset": options.begin,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "partition.assignment.strategy": "cooperative-sticky",
            "session.timeout.ms": 10_000,
            "queued.max.messages.kbytes": 32 << 10,
        }
        self._consumer: Any = None
        self._held: dict[Partition, Held] = {}
        self._begun: dict[Partition, int] = {}
        """Offsets of the place."""
        self._reached = Reached()
        self._account = Account()

    def kept(self, place: Place) -> None:
        """Commits the offsets to the group, and forgets how what is kept was cut."""
        self._cuts.kept(place)
        consumer = self._consumer
        offsets = [
            self._library.TopicPartition(*_parted(name), offset)
            for name, offset in place["offsets"].items()
            if name in self._held
        ]
        if consumer is None or not offsets:
            return
        try:
            consumer.commit(offsets=offsets, asynchronous=True)
        except self._library.KafkaException as error:
            self._room.say(f"{self._room.name}: offsets not committed: {_reason(error)}")

    def close(self) -> None:
        """Leaves the group."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            consumer.close()

    def chunks(self, place: Place, stop: threading.Event) -> Iterator[Chunk]:
        """What came since; waits for more until `stop`. Raises `FeedError`."""
        self._begin(place)
        while not stop.is_set():
            again = self._cuts.after(place)
            if again is not None:
                if not self._gathered(again["offsets"], stop):
                    return
                chunk = self._given(self._taken(again["offsets"]), again)
            else:
                self._gather(ARRIVALS_S)
                taken = self._taken(None)
                if not taken and not self._time_moved():
                    continue
                chunk = self._given(taken, None)
                self._cuts.made(place, chunk.place)
            place = chunk.place
            yield chunk

    def _begin(self, place: Place) -> None:
        self.close()
        told = place or {"offsets": {}, "seen_ns": None, "past_ns": None}
        self._begun = dict(told["offsets"])
        self._reached = Reached(told["seen_ns"], told["past_ns"])
        self._held, self._account = {}, Account()
        try:
            self._consumer = self._library.Consumer(self._settings)
            self._consumer.subscribe(
                list(self._options.topics), on_assign=self._assigned, on_lost=self._lost,
                on_revoke=self._lost,
            )  # fmt: skip
        except (self._library.KafkaException, ValueError) as error:
            raise FeedError(f"{self._room.name}: {_reason(error)}") from None

    # --- what comes --------------------------------------------------------------------------

    def _assigned(self, consumer: Any, partitions: list[Any]) -> None:
        """Goes on at the later of the place and what the group has committed."""
        committed = consumer.committed(partitions, timeout=10)
        for partition, known in zip(partitions, committed, strict=True):
            name = f"{partition.topic}:{partition.partition}"
            at = max(self._begun.get(name, -1), known.offset)
            held = self._held[name] = Held()
            if at >= 0:
                partition.offset = at
                held.following = at
                self._note_gone(consumer, partition, at)
        consumer.incremental_assign(partitions)

    def _note_gone(self, consumer: Any, partition: Any, at: int) -> None:
        """Counts what the cluster has deleted before it was read."""
        low, _ = consumer.get_watermark_offsets(partition, timeout=10)
        if low > at:
            self._account.miss("kafka_messages", 0, low - at)
            self._account.note("messages_deleted_before_they_were_read", low - at)

    def _lost(self, consumer: Any, partitions: list[Any]) -> None:
        """Another member reads them now; what was not given it will be given."""
        for partition in partitions:
            self._held.pop(f"{partition.topic}:{partition.partition}", None)
        if consumer is not None:
            consumer.incremental_unassign(partitions)

    def _gather(self, most_s: float) -> None:
        """Takes in what comes within a time, up to what a chunk holds."""
        until = time.monotonic() + most_s
        size = 0
        while (left := until - time.monotonic()) > 0 and size < CHUNK_BYTES:
            room = CHUNK_MESSAGES - sum(len(held.messages) for held in self._held.values())
            if room <= 0:
                return
            consumer = self._consumer
            if consumer is None:
                return
            try:
                came = consumer.consume(min(room, 5000), timeout=left)
            except (self._library.KafkaException, RuntimeError) as error:
                raise FeedError(f"{self._room.name}: {_reason(error)}") from None
            for message in came:
                size += self._take_in(message)

    def _take_in(self, message: Any) -> int:
        held = self._held.get(f"{message.topic()}:{message.partition()}")
        error = message.error()
        at_end = error and error.code() == self._library.KafkaError._PARTITION_EOF
        if error and not at_end:
            raise FeedError(f"{self._room.name}: {error.str()}")
        if held is None:
            return 0
        held.ended = bool(at_end)
        if at_end:
            return 0
        held.messages.append(message)
        return len(message.value() or b"")

    def _gathered(self, offsets: dict[Partition, int], stop: threading.Event) -> bool:
        """Takes in until all is there up to these offsets; False where it is stopped before."""
        while not stop.is_set():
            if all(self._came_to(name, offset) for name, offset in offsets.items()):
                return True
            self._gather(ARRIVALS_S)
        return False

    def _came_to(self, name: Partition, offset: int) -> bool:
        held = self._held.get(name)
        if self._begun.get(name) == offset:
            return True
        if held is None:
            return False
        last = held.messages[-1].offset() + 1 if held.messages else held.following
        return last >= offset

    # --- what is given -----------------------------------------------------------------------

    def _taken(self, offsets: dict[Partition, int] | None) -> dict[Partition, list[Any]]:
        """The messages of each partition, up to offsets where such are named."""
        taken: dict[Partition, list[Any]] = {}
        for name, held in sorted(self._held.items()):
            upto = (1 << 62) if offsets is None else offsets.get(name, 0)
            while held.messages and held.messages[0].offset() < upto:
                taken.setdefault(name, []).append(held.messages.popleft())
            if name in taken:
                held.following = taken[name][-1].offset() + 1
        return taken

    def _given(self, taken: dict[Partition, list[Any]], again: dict[str, Any] | None) -> Chunk:
        account, told = Account(), []
        lines: list[tuple[str, Block]] = []
        for name, messages in taken.items():
            values = [(m, m.value() or b"") for m in messages]
            arrow = [m for m, value in values if value.startswith(arrow_rows.MAGIC)]
            texts = [v for _, v in values if v and not v.startswith(arrow_rows.MAGIC)]
            text = b"\n".join(texts) + b"\n" if texts else b""
            rows = self._rows(arrow, account)
            told.append(rows)
            lines += blocks.sorted_out(text, _parted(name)[0])
            clock = clock_ns(text) if text else blocks.last_end_ns(rows)
            self._held[name].clock_ns = clock or self._held[name].clock_ns
        batch, read = blocks.batch_of(lines, self._read)
        for other in (read, self._account):
            account.merge(other)
        self._account = Account()
        batch = blocks.together([batch, *told])
        offsets = {**self._begun, **{n: h.following for n, h in self._held.items() if h.following}}
        self._begun = offsets if again is None else again["offsets"]
        holding = self._behind() if again is None else again["holding"]
        self._reached = self._reached.after(
            blocks.last_end_ns(batch), holding, self._options.lateness_s
        )
        place = {"offsets": self._begun, "holding": holding, **asdict(self._reached)}
        batch = replace(batch, watermark_ns=self._reached.past_ns)
        return Chunk(batch, again or place, account, self._room.clock())

    def _rows(self, messages: list[Any], account: Account) -> Batch:
        """Rows of messages of Arrow IPC; what is none is counted."""
        told = []
        for message in messages:
            table = _table_of(message)
            try:
                rows = arrow_rows.read(message.value(), table)
            except arrow_rows.NoRows as error:
                account.received += 1
                account.drop("message_of_no_rows")
                self._room.say(f"{self._room.name}: {message.topic()}: {error}")
                continue
            account.received += rows.height
            account.kept += rows.height
            if table == arrow_rows.FLOWS:
                rows = identified(rows, site=self._room.site, source="kafka", account=account)
                told.append(Batch(rows))
            else:
                told.append(Batch(blocks.together([]).flows, {table: rows}))
        return blocks.together(told)

    def _time_moved(self) -> bool:
        """Whether nothing came, but what held time does so no more."""
        moved = self._reached.after(None, self._behind(), self._options.lateness_s)
        return bool(self._held) and moved != self._reached

    def _behind(self) -> list[int | None]:
        """Where the partitions stand that have more to give."""
        return [held.clock_ns for _, held in sorted(self._held.items()) if not held.ended]


def _table_of(message: Any) -> str:
    for name, value in message.headers() or ():
        if name == TABLE and isinstance(value, bytes):
            return value.decode("utf-8", "replace")
    return arrow_rows.FLOWS


def _parted(name: Partition) -> tuple[str, int]:
    topic, _, number = name.rpartition(":")
    return topic, int(number)


def _reason(error: Exception) -> str:
    """What went wrong, in one line."""
    told = error.args[0] if error.args else error
    text = told.str() if hasattr(told, "str") else str(told)
    return " ".join(str(text).split())
