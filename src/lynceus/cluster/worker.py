"""A member of the group that detects: an engine a partition, its open windows in the log.

Findings, what changed in the engines, and the offsets are one transaction: another worker that
takes a partition over goes on exactly there, and what a dead one had not committed never was.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, cast

import polars as pl

from lynceus.account import Account
from lynceus.cluster.bus import WAIT_S, Bus, BusError, latest, pieces
from lynceus.cluster.routes import routed
from lynceus.cluster.saved import HEAD, Saved
from lynceus.cluster.settings import ClusterConfig
from lynceus.cluster.share import Share
from lynceus.config import Config
from lynceus.engine import Engine
from lynceus.enrich.home import HomeNetworks
from lynceus.equipment import Equipment
from lynceus.protocols import Key

TURN_S = 0.2
AGAIN_S = 2.0
"""After a failure it joins the group again so much later."""


class Worker:
    """Takes partitions as the group gives them, until it is stopped."""

    def __init__(
        self, config: Config, cluster: ClusterConfig, *, say: Callable[[str], None]
    ) -> None:
        """Raises what `Equipment.of` does, and ValueError where the inside is not stated."""
        if not config.home:
            raise ValueError("home: a worker sees a part of the traffic; state what is inside")
        self._equipment = Equipment.of(config)
        self._inside = HomeNetworks.stated(config.home)
        self._cluster, self._say = cluster, say
        self.bus = Bus(cluster, say)
        self.routes = routed(self._equipment.detectors)
        self.shares: dict[tuple[str, int], Share] = {}
        """The partitions that it has, by topic and number."""
        self.account = Account()
        """Messages that were none, of all partitions it had."""
        self._topics = {self.bus.topic(route): route for route in self.routes}
        self._consumer: Any = None
        self._producer: Any = None
        self._full: set[tuple[Key, int]] = set()
        """The partitions of which it was said that their windows are full."""
        self._saved_s = 0.0
        self._broken: Exception | None = None

    def run(self, stop: threading.Event) -> None:
        """Works until `stop` is set; says what fails, and joins again."""
        while not stop.is_set():
            try:
                self._serve(stop)
            except (BusError, self.bus.library.KafkaException, OSError) as error:
                self._say(f"worker: {' '.join(str(error).split())}; it joins again")
                stop.wait(AGAIN_S)

    def _serve(self, stop: threading.Event) -> None:
        self.bus.made()
        self._broken = None
        self._producer = self.bus.producer(f"worker.{uuid.uuid4().hex}")
        session_ms = int(self._cluster.session_s * 1000)
        self._consumer = self.bus.consumer(
            "workers",
            **{
                "partition.assignment.strategy": "cooperative-sticky",
                "session.timeout.ms": session_ms,
                "heartbeat.interval.ms": max(session_ms // 5, 100),
            },
        )
        try:
            self._consumer.subscribe(
                list(self._topics), on_assign=self._assigned, on_revoke=self._revoked,
                on_lost=self._lost,
            )  # fmt: skip
            while not stop.is_set():
                self._turn()
            self._save()
        finally:
            self.shares.clear()
            self._consumer.close()

    def _turn(self) -> None:
        for message in self._consumer.consume(2000, timeout=TURN_S):
            error = message.error()
            share = self.shares.get((message.topic(), message.partition()))
            if error is None and share is not None:
                share.take(message)
            elif error is not None and error.code() != self.bus.library.KafkaError._PARTITION_EOF:
                raise BusError(error.str())
            self._save_if_due()
        if self._broken:
            raise BusError(str(self._broken))
        self._save_if_due()

    def _save_if_due(self) -> None:
        if time.monotonic() - self._saved_s >= self._cluster.checkpoint_s:
            self._save()

    def _save(self) -> None:
        """Sends what was found and saves what was counted, all or nothing."""
        self._saved_s = time.monotonic()
        shares = [share for share in self.shares.values() if share.unsaved]
        if not shares:
            return
        self.bus.in_transaction(self._producer, lambda: self._sent(shares))
        for share in shares:
            share.sent()
            self._say_forgotten(share)

    def _say_forgotten(self, share: Share) -> None:
        """Says once that a partition's windows are full."""
        if share.forgotten and (place := (share.route, share.number)) not in self._full:
            self._full.add(place)
            topic, room = self.bus.topic(share.route), self._cluster.windows_bytes / 2**20
            self._say(f"worker: {topic} {share.number}: open windows hold {room:,.0f} MiB, their "
                      "bound; groups of few rows are forgotten")  # fmt: skip

    def _sent(self, shares: list[Share]) -> None:
        send, producer = self.bus.send, self._producer
        offsets = []
        for share in shares:
            for data in pieces(pl.concat(share.findings)):
                send(producer, self.bus.topic("findings"), data, partition=0)
            place = f"{share.route}/{share.number}".encode()
            told = json.dumps([share.reached_ns, sorted(share.doubted)]).encode()
            send(producer, self.bus.topic("findings"), told, key=place, partition=0)
            state = self.bus.topic("state", share.route)
            for key, value in share.changes():
                send(producer, state, value, key=key, partition=share.number)
            offsets.append(self._place(self.bus.topic(share.route), share.number, share.following))
        producer.send_offsets_to_transaction(
            offsets, self._consumer.consumer_group_metadata(), WAIT_S
        )

    def _place(self, *place: Any) -> Any:
        return self.bus.library.TopicPartition(*place)

    # --- what the group gives and takes --------------------------------------------------------

    def _assigned(self, consumer: Any, partitions: list[Any]) -> None:
        try:
            for partition in partitions:
                share = self._opened(partition.topic, partition.partition)
                self.shares[partition.topic, partition.partition] = share
                partition.offset = max(share.following, 0)
            consumer.incremental_assign(partitions)
        except Exception as error:  # noqa: BLE001 - told after the library has returned
            self._broken = error

    def _revoked(self, consumer: Any, partitions: list[Any]) -> None:
        try:
            self._save()
        except Exception as error:  # noqa: BLE001 - told after the library has returned
            self._broken = error
        self._lost(consumer, partitions)
        consumer.incremental_unassign(partitions)

    def _lost(self, _consumer: Any, partitions: list[Any]) -> None:
        for partition in partitions:
            if share := self.shares.pop((partition.topic, partition.partition), None):
                self.account.merge(share.account)

    def _opened(self, topic: str, number: int) -> Share:
        """A partition where it was saved; waits until what was committed can be read."""
        route = self._topics[topic]
        engine = self._engine(route)
        share = Share(route, number, engine, self._cluster.abandon_s)
        until = time.monotonic() + WAIT_S
        while True:
            (known,) = self._consumer.committed([self._place(topic, number)], timeout=WAIT_S)
            values = latest(self.bus.everything(self.bus.topic("state", route), number))
            if HEAD not in values and known.offset < 0:
                return share
            if HEAD in values:
                saved, snapshot, head = Saved.read(values, share.keep_ns)
                if head["following"] == known.offset or time.monotonic() > until:
                    break
            elif time.monotonic() > until:
                self._say(f"worker: {topic} {number}: nothing was saved, it begins anew")
                share.following = known.offset
                return share
            time.sleep(0.2)
        share = Share(route, number, engine, self._cluster.abandon_s, saved)
        try:
            share.resume(snapshot, head)
        except ValueError as error:
            self._say(f"worker: {topic} {number}: {error}; open windows are begun anew")
            share = Share(route, number, self._engine(route), self._cluster.abandon_s)
            share.following = head["following"]
        return share

    def _engine(self, route: Key) -> Engine:
        parts = self._equipment
        facts = parts.enrichers(self._inside)
        most, quiet = self._cluster.windows_bytes, parts.quiet
        detectors = cast("Any", self.routes[route])
        return Engine(detectors, facts, suppressions=quiet, windows_bytes=most)
