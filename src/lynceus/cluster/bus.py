"""The topics of a cluster, and what their messages are.

    PREFIX.ROUTE         rows of one table for a partition, and markers of how far a sensor has come
    PREFIX.state.ROUTE   what is open in the engine of each partition (compacted)
    PREFIX.places        where each sensor goes on (compacted)
    PREFIX.logins        who logged in where, for `KEEP_LOGINS_MS`
    PREFIX.findings      what the workers found, and how far each partition has come

Rows and markers come from one producer in order, in transactions: what a marker follows is there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from lynceus.cluster.routes import ROUTES
from lynceus.cluster.settings import ClusterConfig
from lynceus.ingest.arrow_rows import written
from lynceus.ingest.feeds import kafka_client
from lynceus.ingest.feeds.feed import FeedError
from lynceus.trust import Losses

ROW_BYTES = 700_000
"""Most bytes of rows in a message: under the limit that brokers have by themselves (1 MB)."""
WAIT_S = 30.0
"""So long an answer of the brokers is waited for."""
KEEP_LOGINS_MS = 48 * 3_600_000
MOST_NS = 1 << 62
"""No time is as far from 1970."""
TABLE, SOURCE, MARK = "table", "source", "mark"
"""Headers: the table of rows; who sent it; that it is a marker."""


class BusError(RuntimeError):
    """The brokers did not do what was asked; one line."""


@dataclass(frozen=True)
class Marker:
    """How far the time of a source has come: no later row of it ends before."""

    source: str
    watermark_ns: int | None
    ended: bool = False
    """Whether it was stopped in order: it is waited for no more."""
    losses: Losses = field(default_factory=Losses)
    """What it lost of late, which lowers what is found with its rows."""

    def told(self) -> list[Any]:
        """Its values, as JSON has them."""
        lost = self.losses
        return [self.source, self.watermark_ns, self.ended, lost.missed, lost.sampled, lost.rate]

    def value(self) -> bytes:
        """As it stands in a message."""
        return json.dumps(self.told()).encode()

    @staticmethod
    def read(value: bytes) -> Marker:
        """Out of a message. Raises ValueError."""
        return Marker.of(json.loads(value))

    @staticmethod
    def of(told: list[Any]) -> Marker:
        """Of its values; sensors of older versions tell no losses. Raises ValueError."""
        source, watermark_ns, ended, *lost = told
        known = watermark_ns is None or (type(watermark_ns) is int and abs(watermark_ns) < MOST_NS)
        if not isinstance(source, str) or not known or type(ended) is not bool:
            raise ValueError("not a marker")
        if not lost:
            return Marker(source, watermark_ns, ended)
        missed, sampled, rate = lost
        if not (0 <= missed <= 1 and 0 <= sampled <= 1 and type(rate) is int and rate >= 1):
            raise ValueError("not a marker")
        return Marker(source, watermark_ns, ended, Losses(missed, sampled, rate))


def reached(value: bytes) -> tuple[int | None, frozenset[str]]:
    """How far a partition has come, and the detectors whose findings of it were lowered for what
    sensors lost; out of a message among the findings. Raises ValueError or TypeError."""
    told = json.loads(value)
    # Workers of older versions tell the time alone.
    reached_ns, doubted = (told, []) if isinstance(told, int) else told
    if not (reached_ns is None or type(reached_ns) is int) or not isinstance(doubted, list):
        raise ValueError("not a place")
    return reached_ns, frozenset(map(str, doubted))


class Bus:
    """The topics of one cluster. Its methods raise `BusError`."""

    def __init__(self, config: ClusterConfig, say: Callable[[str], None]) -> None:
        self.config, self.say = config, say
        try:
            self.library = kafka_client.library()
            self._access = kafka_client.reached_by(config)
        except FeedError as error:
            raise BusError(str(error)) from None
        self._access |= kafka_client.complaining(say, "cluster")

    def topic(self, *parts: str) -> str:
        """The name of a topic."""
        return ".".join((self.config.prefix, *parts))

    def made(self) -> None:
        """Makes the topics that are not there yet."""
        from confluent_kafka.admin import AdminClient, NewTopic

        compacted = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1"}
        passing = {"retention.ms": str(KEEP_LOGINS_MS)}
        many, copies = self.config.partitions, self.config.replicas
        wanted = [NewTopic(self.topic(route), many, copies) for route in ROUTES]
        wanted += [
            NewTopic(self.topic("state", route), many, copies, config=compacted) for route in ROUTES
        ]
        wanted += [
            NewTopic(self.topic("places"), 1, copies, config=compacted),
            NewTopic(self.topic("logins"), 1, copies, config=passing),
            NewTopic(self.topic("findings"), 1, copies),
        ]
        admin = AdminClient(self._access)
        known = self._asked(lambda: admin.list_topics(timeout=WAIT_S)).topics
        missing = [one for one in wanted if one.topic not in known]
        for answer in admin.create_topics(missing).values() if missing else ():
            try:
                answer.result(WAIT_S)
            except self.library.KafkaException as error:
                if error.args[0].code() != self.library.KafkaError.TOPIC_ALREADY_EXISTS:
                    raise BusError(_reason(error)) from None

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has."""
        from confluent_kafka.admin import AdminClient

        admin = AdminClient(self._access)
        return len(
            self._asked(lambda: admin.list_topics(topic, timeout=WAIT_S)).topics[topic].partitions
        )

    def producer(self, name: str) -> Any:
        """A producer of transactions; an older one of the same name is shut out."""
        producer = self.library.Producer(
            self._access
            | {
                "transactional.id": self.topic(name),
                "transaction.timeout.ms": int(max(10.0, 5 * self.config.checkpoint_s) * 1000),
                "compression.type": "zstd",
                "linger.ms": 5,
            }
        )
        self._asked(lambda: producer.init_transactions(WAIT_S))
        return producer

    def consumer(self, group: str, **more: Any) -> Any:
        """A consumer that sees what was committed."""
        return self.library.Consumer(
            self._access
            | {
                "group.id": self.topic(group),
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
            }
            | more
        )

    def everything(self, topic: str, partition: int) -> Iterator[Any]:
        """All messages of a partition that are committed by now."""
        consumer = self.consumer("reader")
        try:
            consumer.assign([self.library.TopicPartition(topic, partition, 0)])
            while True:
                message = self._asked(lambda: consumer.poll(WAIT_S))
                if message is None:
                    raise BusError(f"{topic}: no answer within {WAIT_S:.0f} s")
                error = message.error()
                if error is None:
                    yield message
                elif error.code() == self.library.KafkaError._PARTITION_EOF:
                    return
                else:
                    raise BusError(f"{topic}: {error.str()}")
        finally:
            consumer.close()

    def send(self, producer: Any, topic: str, value: bytes | None, **more: Any) -> None:
        """Hands a message to a producer; waits where its queue is full."""
        while True:
            try:
                producer.produce(topic, value, **more)
                producer.poll(0)
                return
            except BufferError:
                producer.poll(0.1)
            except self.library.KafkaException as error:
                raise BusError(_reason(error)) from None

    def _asked(self, what: Callable[[], Any]) -> Any:
        try:
            return what()
        except self.library.KafkaException as error:
            raise BusError(_reason(error)) from None

    def in_transaction(self, producer: Any, what: Callable[[], None]) -> None:
        """All of what is sent within, or nothing."""
        self._asked(producer.begin_transaction)
        try:
            what()
            self._asked(lambda: producer.commit_transaction(WAIT_S))
        except BaseException:
            # An abort that fails too is done by the broker when the transaction's time is over.
            try:
                producer.abort_transaction(WAIT_S)
            except self.library.KafkaException as error:
                self.say(f"cluster: {_reason(error)}")
            raise


def pieces(frame: pl.DataFrame) -> Iterator[bytes]:
    """Rows as messages of no more than `ROW_BYTES`, but a single row as long as it is."""
    todo = [frame]
    while todo:
        part = todo.pop()
        if not part.height:
            continue
        data = written(part)
        if len(data) <= ROW_BYTES or part.height == 1:
            yield data
        else:
            half = part.height // 2
            todo += [part[half:], part[:half]]


def header(message: Any, name: str) -> str:
    """A header of a message; empty where there is none."""
    for key, value in message.headers() or ():
        if key == name and isinstance(value, bytes):
            return value.decode("utf-8", "replace")
    return ""


def least(markers: Mapping[str, Marker], abandon_s: float) -> int | None:
    """How far all sources have come; None where one has not said.

    One that stopped in order is not waited for, nor one that is too far behind the others.
    """
    going: Sequence[int | None] = [m.watermark_ns for m in markers.values() if not m.ended]
    if not going:
        return max((m.watermark_ns for m in markers.values() if m.watermark_ns is not None),
                   default=None)  # fmt: skip
    told = [ns for ns in going if ns is not None]
    if not told:
        return None
    near = [ns for ns in told if ns >= max(told) - abandon_s * 1e9]
    return None if None in going else min(near)


def latest(told: Iterable[Any]) -> dict[bytes, bytes]:
    """Of compacted messages the last value of each key; those that were taken back are left out."""
    values: dict[bytes, bytes] = {}
    for message in told:
        key, value = message.key(), message.value()
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value
    return values


def _reason(error: Exception) -> str:
    told = error.args[0] if error.args else error
    return " ".join((told.str() if hasattr(told, "str") else str(told)).split())
