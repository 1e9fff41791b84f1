"""Many ports of one host tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    bytes_text,
    in_time,
    plural,
    saturating,
    severity,
    span_s,
    techniques,
)
from lynceus.features.scan import (
    CONVERSATIONS_FROM_OUTSIDE,
    FAILED_PORTS_OF_PAIR,
)
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

TRACEROUTE_PORTS = (33434, 33700)
"""UDP ports that traceroute counts up through, one a probe."""


@dataclass(frozen=True)
class VerticalScan:
    """One host tries many ports of another.

    Detects: distinct responder ports that one originator tried of one responder without a
    conversation (no answer, a refusal, or a connection opened and left empty), TCP, UDP and SCTP,
    in five minutes, an hour and a day. A slow window speaks only where the scan was too thin for
    the faster ones.
    A source outside that, in the hour of its scan, goes on to exchange more with the host than
    it takes to ask what is there is told again as one that found a way in.
    The fast threshold is that of Zeek's scan policy (15 ports in 5 minutes).

    Why: whoever does not know a host asks it what it offers. A program that has a reason to talk
    to a host knows the port and finds it open; failing on a dozen different ports is searching.

    Blind spots: fewer ports in a day than the slow threshold (a search for a handful of chosen
    services, see `slow_scan`); many sources that share the ports (see `distributed_scan`); scans
    of which every port answers with data; who comes back another hour, or from another address, to
    use what was found. A scan through a proxy carries the proxy's address.

    False positives: vulnerability scanners and inventory systems do exactly this and should be
    named as assets; games and file sharing between two hosts with a broken NAT; passive FTP
    behind a firewall. Traceroute over UDP is told by its ports and left out.

    ATT&CK: T1046 Network Service Discovery; T1595.001 Scanning IP Blocks from outside; T1190
    Exploit Public-Facing Application where it went on.
    """

    reads: ClassVar[tuple[Table, ...]] = (
        *FAILED_PORTS_OF_PAIR,
        CONVERSATIONS_FROM_OUTSIDE,
    )
    key: ClassVar[Key] = "responder"
    version: ClassVar[int] = 2
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "discovery"
    techniques: ClassVar[tuple[str, ...]] = ("T1046",)

    ports_5m: int = 15
    """Distinct failed ports of one host in five minutes that make a scan."""
    ports_1h: int = 20
    """The same in an hour, where no five minutes held enough."""
    ports_1d: int = 30
    """The same in a day, where no hour held enough."""
    many_ports: int = 100
    """From here on the whole host is searched: one severity more."""
    went_on_bytes: int = 50_000
    """Bytes exchanged after a scan from outside: more than banners and start pages."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Scans of one source by width, then those that went on."""
        fast, hour, day, conversations = tables
        per_slot = pl.col("ports") / pl.col("active_slots").clip(lower_bound=1)
        per_hour = pl.col("ports") / pl.col("active_hours").clip(lower_bound=1)
        thin = per_slot < self.ports_5m
        return pl.concat(
            [
                self._by_one(fast.filter(pl.col("ports") >= self.ports_5m)),
                self._by_one(hour.filter((pl.col("ports") >= self.ports_1h) & thin)),
                self._by_one(
                    day.filter(
                        (pl.col("ports") >= self.ports_1d)
                        & (thin & (per_hour < self.ports_1h)).fill_null(False)
                    )
                ),
                self._went_on(hour.filter(pl.col("ports") >= self.ports_5m), conversations),
            ],
            how="diagonal_relaxed",
        )

    def _by_one(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        first, last = TRACEROUTE_PORTS
        traceroute = (
            (pl.col("proto") == "udp")
            & (pl.col("lowest_port") >= first)
            & (pl.col("highest_port") <= last)
        )
        whole = pl.col("ports") >= self.many_ports
        seconds = span_s()
        return (
            pairs.filter(~traceroute)
            .with_columns(
                score=saturating("ports", self.ports_5m),
                confidence=pl.lit(0.6) + 0.35 * saturating("ports", self.ports_5m),
                severity=severity(
                    (pl.col("orig_in") & whole, "high"),
                    (~pl.col("orig_in") & ~whole, "low"),
                    otherwise="medium",
                ),
                techniques=_techniques(),
                tactic=_tactic(),
                orig_role=pl.lit("attacker"),
                resp_role=pl.lit("victim"),
                span_s=seconds,
                because=sentence(
                    "{orig_h} tried {ports} of {resp_h}{in_time}; {attempts} were refused, "
                    "silent or left empty.",
                    ports=plural("ports", "port"),
                    in_time=in_time(seconds),
                    attempts=plural("attempts", "attempt"),
                ),
            )
            .select(*_COLUMNS, "orig_h", "ports", "ports_sample", "lowest_port", "highest_port")
        )

    def _went_on(self, scans: pl.LazyFrame, conversations: pl.LazyFrame) -> pl.LazyFrame:
        """Scans from outside after which the source had more to say to what it found."""
        keys = ["window_start_ns", "window_end_ns", "site", "orig_h", "resp_h", "proto"]
        return (
            scans.join(conversations, on=keys, how="inner", nulls_equal=True)
            .filter(
                (pl.col("conversation_bytes") >= self.went_on_bytes)
                & (pl.col("last_conversation_ns") >= pl.col("first_seen_ns"))
            )
            .select(
                *keys,
                *("first_seen_ns", "ports", "conversations", "conversation_bytes", "open_ports"),
                last_seen_ns=pl.max_horizontal("last_seen_ns", "last_conversation_ns"),
                orig_role=pl.lit("attacker"),
                resp_role=pl.lit("victim"),
                severity=pl.lit("medium"),
                score=saturating("conversation_bytes", 4.0 * self.went_on_bytes),
                confidence=pl.lit(0.5),
                techniques=techniques("T1595.001", "T1190"),
                tactic=pl.lit("initial-access"),
                because=sentence(
                    "{orig_h} tried {ports} of {resp_h} in vain and then exchanged "
                    "{conversation_bytes} with it on port {open_ports}: the scan led to "
                    "something.",
                    ports=plural("ports", "port"),
                    conversation_bytes=bytes_text("conversation_bytes"),
                    open_ports=pl.col("open_ports").cast(pl.List(pl.String)).list.join(", "),
                ),
            )
        )


_COLUMNS = (
    "window_start_ns", "window_end_ns", "site", "resp_h", "proto", "orig_role", "resp_role",
    "severity", "score", "confidence", "techniques", "tactic", "because", "first_seen_ns",
    "last_seen_ns", "attempts", "refused_attempts", "silent_attempts", "span_s",
)  # fmt: skip


def _techniques() -> pl.Expr:
    return (
        pl.when(pl.col("orig_in").fill_null(True))
        .then(techniques("T1046"))
        .otherwise(techniques("T1595.001", "T1046"))
    )


def _tactic() -> pl.Expr:
    return (
        pl.when(pl.col("orig_in").fill_null(True))
        .then(pl.lit("discovery"))
        .otherwise(pl.lit("reconnaissance"))
    )
