"""Traffic to the outside that hides what it carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    bytes_text,
    duration_text,
    network_text,
    plural,
    port_text,
    saturating,
    severity,
    techniques,
)
from lynceus.features.asked import HIDING_NAMES
from lynceus.features.spoken import ANONYMOUS, HIDING, USUAL_HIDING
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_KEYS = ("window_start_ns", "window_end_ns", "site")


@dataclass(frozen=True)
class Anonymiser:
    """An inside host uses Tor, a VPN or an open proxy outside.

    Detects: conversations with the outside whose content is OpenVPN, WireGuard, IPsec, Tor,
    SOCKS, PPTP or L2TP, by pair of hosts in a day; and look-ups or calls of names below `.onion`
    or of gateways to it. Tor nodes that lists know by address are told by `known_bad`.

    Why: what goes in such a tunnel no sensor sees and no policy holds; malware and insiders use
    it as well as careful people.

    Blind spots: tunnels that look like TLS; bridges of Tor; flow sources that do not tell
    content.

    False positives: the VPN that the firm itself uses, and those of guests. So a VPN is low, and
    on an unusual port a little surer; Tor and gateways to it are medium.

    ATT&CK: T1090.003 Multi-hop Proxy, T1572 Protocol Tunneling, T1090 Proxy.
    """

    reads: ClassVar[tuple[Table, ...]] = (ANONYMOUS, *HIDING_NAMES)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1572", "T1090")

    least_bytes: int = 1_000
    """Less than this both ways is a try and no tunnel."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """By content, then by name."""
        flows, *names = tables
        return pl.concat(
            [self._by_content(flows), *(self._by_name(rows) for rows in names)],
            how="diagonal_relaxed",
        )

    def _by_content(self, flows: pl.LazyFrame) -> pl.LazyFrame:
        carried = pl.sum_horizontal("orig_bytes", "resp_bytes")
        tor = pl.col("service") == "tor"
        word = pl.col("service").replace_strict(list(HIDING), list(HIDING.values()))
        moved = ~pl.col("resp_p").is_in(USUAL_HIDING).fill_null(True)
        return (
            flows.with_columns(carried_bytes=carried)
            .filter(pl.col("carried_bytes") >= self.least_bytes)
            .select(
                *(*_KEYS, "orig_h", "resp_h", "resp_p", "proto", "service"),
                *("first_seen_ns", "last_seen_ns", "connections", "carried_bytes", "longest_s"),
                "resp_network",
                usual_port=~moved,
                orig_role=pl.lit("unknown"),
                resp_role=pl.lit("service"),
                severity=severity((tor, "medium"), otherwise="low"),
                techniques=pl.when(tor)
                .then(techniques("T1090.003"))
                .when(pl.col("service") == "socks")
                .then(techniques("T1090"))
                .otherwise(techniques("T1572")),
                score=saturating("carried_bytes", 1e6) * pl.when(tor).then(1.0).otherwise(0.6),
                confidence=pl.when(tor).then(0.8).when(moved).then(0.5).otherwise(0.35),
                because=sentence(
                    "{orig_h} spoke {word} with {resp_h}{network} on {port}: {carried_bytes} in "
                    "{connections}, the longest {longest_s}.",
                    word=word,
                    network=network_text(),
                    port=port_text(),
                    carried_bytes=bytes_text("carried_bytes"),
                    connections=plural("connections", "connection"),
                    longest_s=duration_text(pl.col("longest_s").fill_null(0)),
                ),
            )
        )

    @staticmethod
    def _by_name(rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.select(
            *(*_KEYS, "orig_h", "domain", "first_seen_ns", "last_seen_ns"),
            *("flow_uids", "flows_total", "requests", "names"),
            orig_role=pl.lit("unknown"),
            resp_role=pl.lit("domain"),
            severity=pl.lit("medium"),
            techniques=techniques("T1090.003"),
            score=saturating("requests", 5.0),
            confidence=pl.lit(0.7),
            because=sentence(
                "{orig_h} asked {requests} for {names}, which leads into the Tor network.",
                requests=plural("requests", "time"),
                names=pl.col("names").list.join(", ", ignore_nulls=True),
            ),
        )
