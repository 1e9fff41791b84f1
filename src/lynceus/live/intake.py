"""What came of the sources: counted, named otherwise where wanted, its time and places noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from lynceus.account import Account
from lynceus.config import Config
from lynceus.ingest.feeds import Chunk, Feed, Place
from lynceus.ingest.feeds.delays import AHEAD_NS
from lynceus.live.once import Once
from lynceus.live.pump import Pump
from lynceus.live.recently import Recently
from lynceus.live.sensors import Sensors
from lynceus.live.watermark import Watermarks
from lynceus.records import FLOW_SCHEMA, Batch


class Intake:
    """Turns chunks of several sources into one batch and keeps what a checkpoint needs of them."""

    def __init__(self, config: Config, idle_s: float) -> None:
        """Raises `lynceus.ingest.pseudonym.PseudonymError` on a file that is no key."""
        self._site = config.site
        self.watermarks = Watermarks(idle_s)
        self.recently = Recently(config.pseudonyms)
        self.sensors = Sensors()
        self.once = Once()
        self.account = Account()
        """What came in since the beginning, and what became of it; kept over restarts."""
        self.places: dict[str, Place] = {}
        """Where each source goes on."""

    def open(self, pump: Pump, feeds: Mapping[str, Feed], now_ns: int) -> None:
        """Opens sources where they are to go on."""
        for name, feed in feeds.items():
            self.watermarks.open(name, feed.pace, feed.lateness_s, now_ns)
            pump.open(name, feed, self.places.get(name))

    def shut(self, pump: Pump, names: Sequence[str]) -> None:
        """Ends sources that were taken out of the configuration, or are to be opened anew."""
        for name in names:
            pump.shut(name)
            self.watermarks.drop(name)
        self.sensors.forget(names)

    def take(self, taken: Sequence[tuple[str, Chunk]], pump: Pump, now_ns: int) -> Batch:
        """One batch of what came, without what cannot be."""
        batches = []
        for name, chunk in taken:
            self.watermarks.saw(name, chunk.batch, now_ns)
            self.account.merge(chunk.account)
            self.recently.account(chunk.account, now_ns)
            self.places[name] = chunk.place
            self.sensors.heard(name, chunk.arrived_ns or now_ns)
            batch = self.recently.without_names(chunk.batch)
            # A single source has its own way to know what it has told.
            several = self.watermarks.several
            batches.append(self.once.batch(name, batch, self.account) if several else batch)
        self.once.forget(self.watermarks.reached_ns)
        for name, condition in pump.conditions.items():
            if condition.state == "ended":
                self.watermarks.ended(name)
                self.sensors.forget([name])
        for name, peers in pump.peers().items():
            for peer, at_ns in peers.items():
                self.sensors.heard(f"{name} {peer}", at_ns, peer)
        if (health := self.sensors.told(self._site, now_ns)) is not None:
            batches.append(Batch(pl.DataFrame(schema=FLOW_SCHEMA), {"sensor_health": health}))
        batch = self._possible(Batch.concat(batches), now_ns)
        self.recently.take(batch)
        return batch

    def _possible(self, batch: Batch, now_ns: int) -> Batch:
        """The rows without those that end in the future: a clock fault, counted."""
        most = now_ns + AHEAD_NS
        rows = {}
        for name, frame in (("flows", batch.flows), *batch.events.items()):
            end = "end_ns" if name == "flows" else "ts_ns"
            rows[name] = frame.filter(pl.col(end).is_null() | (pl.col(end) <= most))
            self.account.drop("from_the_future", gone := frame.height - rows[name].height)
            self.account.kept -= gone
        flows = rows.pop("flows")
        return Batch(flows, rows, batch.watermark_ns)

    def snapshot(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {
            "places": self.places,
            "watermarks": self.watermarks.snapshot(),
            "account": self.account,
            "sensors": self.sensors.snapshot(),
            "once": self.once.snapshot(),
        }

    def resume(self, saved: Mapping[str, Any], now_ns: int) -> None:
        """Goes on where a snapshot was taken; sources are opened after."""
        self.places = dict(saved["places"])
        self.account = saved["account"]
        self.watermarks.resume(saved["watermarks"], now_ns)
        self.sensors.resume(saved["sensors"])
        self.sensors.awake(now_ns)
        if "once" in saved:  # of before sources were compared there is none
            self.once.resume(saved["once"])
