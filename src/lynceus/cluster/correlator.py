"""Where the findings of all workers meet and become incidents, in the ledger.

A finding has the same id whoever found it, and the ledger holds each once: what is read again after
a crash changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import polars as pl

from lynceus import correlate, language
from lynceus.account import Account
from lynceus.cluster.bus import Bus, BusError, reached
from lynceus.cluster.settings import ClusterConfig
from lynceus.config import Config
from lynceus.enrich.facts import Facts
from lynceus.enrich.home import HomeNetworks
from lynceus.equipment import Equipment
from lynceus.incident import Incident
from lynceus.ingest.arrow_rows import NoRows, shaped
from lynceus.inventory.presence import LOGIN_SCHEMA
from lynceus.live.checkpoint import packed, unpacked
from lynceus.live.settings import RunConfig
from lynceus.live.stories import Stories
from lynceus.live.user_risks import UserRisks
from lynceus.moments import NS, rfc3339
from lynceus.records import FINDING_SCHEMA
from lynceus.store.ledger import Ledger

WRITER = "correlator"
MOST_LOGINS = 200_000
"""Logins that are held, the last ones."""


class Correlator:
    """Reads the findings' topic from where the ledger stands."""

    def __init__(
        self,
        config: Config,
        run: RunConfig,
        cluster: ClusterConfig,
        *,
        say: Callable[[str], None],
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """Opens all and resumes. Raises what `Equipment.of` does, `LedgerError`, `BusError`, and
        ValueError where the inside is not stated."""
        if not config.home:
            raise ValueError("home: state what is inside, as for the workers")
        self._clock, self._config = clock, config
        language.use(config.catalogue)
        parts = Equipment.of(config)
        inside = HomeNetworks.stated(config.home)
        self._facts = Facts(parts.enrichers(inside, clock()))
        self._known = parts.known
        run.state.mkdir(parents=True, exist_ok=True)
        self.ledger = Ledger(run.ledger_place, writer=WRITER)
        self._risks = UserRisks(self.ledger)
        self.stories = Stories(config.correlate)
        self.account = Account()
        """Findings: received, kept as new, dropped as `duplicate`."""
        self._reached: dict[str, int] = {}
        """How far each partition has come."""
        self._doubted: dict[str, frozenset[str]] = {}
        """By partition the detectors whose findings were lowered for what sensors lost."""
        self._epoch, self._following = 0, 0
        self._resume()
        self.bus = Bus(cluster, say)
        self.bus.made()
        self._logins = pl.DataFrame(schema=LOGIN_SCHEMA)
        """Who logged in last, and from where, as the sensors saw it."""
        self._topic_of_logins = self.bus.topic("logins")
        heard = 0
        for message in self.bus.everything(self._topic_of_logins, 0):
            self._hear(message)
            heard = message.offset() + 1
        self._consumer = self.bus.consumer(WRITER)
        place = self.bus.library.TopicPartition
        topic = self.bus.topic("findings")
        self._consumer.assign(
            [place(topic, 0, self._following), place(self._topic_of_logins, 0, heard)]
        )

    def turn(self, wait_s: float = 1.0) -> list[Incident]:
        """Takes in the findings that came; gives the incidents that are new or have changed."""
        until = time.monotonic() + wait_s
        came: list[pl.DataFrame] = []
        moved = False
        while (left := until - time.monotonic()) > 0:
            for message in self._consumer.consume(500, timeout=left):
                moved |= self._take(message, came)
        if not moved:
            return []
        changed = self._told(pl.concat([pl.DataFrame(schema=FINDING_SCHEMA), *came]))
        self._epoch += 1
        body = packed({"following": self._following, "reached": self._reached})
        self.ledger.checkpoint(WRITER, self._epoch, body, at_ns=self._clock())
        self.stories.settle(min(self._reached.values(), default=None))
        return changed

    def close(self) -> None:
        """Lets go of all."""
        self._consumer.close()
        self.ledger.__exit__()

    def _take(self, message: Any, came: list[pl.DataFrame]) -> bool:
        if error := message.error():
            if error.code() != self.bus.library.KafkaError._PARTITION_EOF:
                raise BusError(error.str())
            return False
        if message.topic() == self._topic_of_logins:
            self._hear(message)
            return False
        value = message.value() or b""
        if place := message.key():
            self._note(place.decode("utf-8", "replace"), value)
        else:
            try:
                came.append(shaped(value, FINDING_SCHEMA))
            except NoRows:
                self.account.received += 1
                self.account.drop("message_of_no_rows")
        self._following = message.offset() + 1
        return True

    def _hear(self, message: Any) -> None:
        """Logins that a sensor saw."""
        try:
            came = shaped(message.value() or b"", LOGIN_SCHEMA)
        except NoRows:
            self.account.received += 1
            self.account.drop("message_of_no_rows")
            return
        self._logins = pl.concat([self._logins, came]).tail(MOST_LOGINS)

    def _note(self, place: str, value: bytes) -> None:
        """How far a partition has come, and whose findings of it were lowered for losses."""
        try:
            reached_ns, self._doubted[place] = reached(value)
        except (ValueError, TypeError):
            self.account.received += 1
            self.account.drop("message_of_no_place")
            return
        if reached_ns is not None:
            self._reached[place] = reached_ns

    def _told(self, findings: pl.DataFrame) -> list[Incident]:
        self.account.received += findings.height
        once = findings.unique("id", keep="first", maintain_order=True)
        new = self.stories.new(once)
        fresh = new.filter(~pl.col("id").is_in(list(self.ledger.known(new["id"]))))
        self.account.kept += fresh.height
        self.account.drop("duplicate", findings.height - fresh.height)
        if fresh.is_empty():
            return []
        fresh = self._known.with_users(fresh, self._logins)
        facts = self._facts.of("address", self.stories.ends(fresh)).sort("value")
        facts = self._known.about(facts, self._clock())
        risks = self._risks.at(self._clock(), self._config.people.risk_days, self.stories.going_on)
        facts = self._known.with_people(facts, self.stories.held(fresh), risks)
        doubted = frozenset[str]().union(*self._doubted.values())
        changed = self.stories.tell(correlate.with_processes(fresh, None), facts, doubted)
        return self.ledger.tell(fresh, changed, at_ns=self._clock())

    def _resume(self) -> None:
        saved = self.ledger.resumed(WRITER)
        if saved is None:
            return
        self._epoch, body = saved
        told = unpacked(body)
        self._following, self._reached = told["following"], told["reached"]
        gap_ns = int(2 * self._config.correlate.join.slow_gap_s * NS)
        least = min(self._reached.values(), default=None)
        open_ones = self.ledger.going_on(None if least is None else rfc3339(least - gap_ns))
        ids = [finding.id for one in open_ones for finding in one.findings]
        self.stories.resume(self.ledger.findings(ids), open_ones)
