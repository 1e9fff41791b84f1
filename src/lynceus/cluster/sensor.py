"""Publishes what live sources tell: rows by the key of each route, and how far time has come.

Rows, markers and the places of the sources are one transaction: a sensor that died goes on where
the last one stood, and nothing is published twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from lynceus.account import Account
from lynceus.cluster.bus import MARK, SOURCE, TABLE, Bus, Marker, latest, pieces
from lynceus.cluster.routes import parted, routed, tables_read
from lynceus.cluster.settings import ClusterConfig
from lynceus.config import Config
from lynceus.equipment import Equipment
from lynceus.ingest.feeds import Chunk, Place
from lynceus.inventory.presence import logins
from lynceus.live.checkpoint import packed, unpacked
from lynceus.live.pump import Pump
from lynceus.live.recently import Recently
from lynceus.live.settings import Settings
from lynceus.live.watermark import Watermarks
from lynceus.records import LEAN, SCORED, Batch

TURN_ROWS = 131_072


class Sensor:
    """Live sources on one side, the topics of the routes on the other."""

    def __init__(
        self,
        config: Config,
        settings: Settings,
        cluster: ClusterConfig,
        *,
        say: Callable[[str], None],
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """Opens all and resumes. Raises what `Equipment.of` does, and `BusError`."""
        self._cluster, self._clock = cluster, clock
        equipment = Equipment.of(config)
        self._scoring = equipment.scoring
        self._routes = {
            route: tables_read(detectors)
            for route, detectors in routed(equipment.detectors).items()
        }
        self.bus = Bus(cluster, say)
        self.bus.made()
        self._partitions = {r: self.bus.partitions(self.bus.topic(r)) for r in self._routes}
        self._producer = self.bus.producer(f"sensor.{cluster.sensor}")
        self.account = Account()
        """What came in since the start, and what became of it."""
        self._watermarks = Watermarks(settings.run.idle_s)
        self._recently = Recently(config.pseudonyms)
        self._places: dict[str, Place] = {}
        self._resume()
        self._told_ns: int | None = None
        run = settings.run
        self._pump = Pump(
            site=config.site, folder=Path(run.state) / "sources", rows=run.queue_rows, say=say,
            clock=clock, seal=self._recently.seal,
        )  # fmt: skip
        for name, feed in settings.sources.items():
            self._watermarks.open(name, feed.pace, feed.lateness_s, clock())
            self._pump.open(name, feed, self._places.get(name))

    @property
    def done(self) -> bool:
        """Whether all sources have ended by themselves and all they gave is published."""
        return self._pump.done

    def turn(self) -> int:
        """Publishes what came within the time of a checkpoint; gives how many rows."""
        until = time.monotonic() + self._cluster.checkpoint_s
        taken: list[tuple[str, Chunk]] = []
        rows = 0
        while rows < TURN_ROWS and (left := until - time.monotonic()) > 0:
            came = self._pump.take(left, TURN_ROWS - rows)
            rows += sum(chunk.rows for _, chunk in came)
            taken += came
            if self._pump.done:
                break
        self._publish(taken, ended=False)
        return rows

    def stop(self, *, ended: bool = False) -> None:
        """Publishes what the sources still had. `ended`: it is not waited for from now on."""
        self._publish(self._pump.stop(), ended=ended)

    def _publish(self, taken: list[tuple[str, Chunk]], *, ended: bool) -> None:
        now = self._clock()
        batches: list[Batch] = []
        for name, chunk in taken:
            self._watermarks.saw(name, chunk.batch, now)
            self._places[name] = chunk.place
            self.account.merge(chunk.account)
            self._recently.account(chunk.account, now)
            batches.append(self._recently.without_names(chunk.batch))
            self._recently.take(batches[-1])
        for name, condition in self._pump.conditions.items():
            if condition.state == "ended":
                self._watermarks.ended(name)
        reached = self._watermarks.advance(now)
        if not taken and reached == self._told_ns and not ended:
            return
        batch = Batch.concat(batches)
        marker = Marker(self._cluster.sensor, reached, ended, self._recently.losses())
        self.bus.in_transaction(self._producer, lambda: self._sent(batch, marker))
        self._told_ns = reached
        self._pump.kept(self._places)

    def _sent(self, batch: Batch, marker: Marker) -> None:
        flows = self._scoring.scored(batch.flows)
        flows = flows.select(name for name in (*LEAN, *SCORED) if name in flows.columns)
        tables = {"flows": flows, **batch.events}
        source = self._cluster.sensor.encode()
        send, producer = self.bus.send, self._producer
        for route, wanted in self._routes.items():
            topic, many = self.bus.topic(route), self._partitions[route]
            for table in sorted(wanted & set(tables)):
                if not tables[table].height:
                    continue
                named = [(TABLE, table.encode()), (SOURCE, source)]
                for number, rows in parted(tables[table], route, many):
                    for data in pieces(rows):
                        send(producer, topic, data, partition=number, headers=named)
            for number in range(many):
                send(producer, topic, marker.value(), partition=number, headers=[(MARK, b"1")])
        for data in pieces(logins(batch.events)):
            send(producer, self.bus.topic("logins"), data, partition=0)
        place = packed({"places": self._places, "watermarks": self._watermarks.snapshot()})
        send(producer, self.bus.topic("places"), place, key=source, partition=0)

    def _resume(self) -> None:
        told = latest(self.bus.everything(self.bus.topic("places"), 0))
        if place := told.get(self._cluster.sensor.encode()):
            saved = unpacked(place)
            self._places = saved["places"]
            self._watermarks.resume(saved["watermarks"], self._clock())
