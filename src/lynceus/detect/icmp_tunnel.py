"""Data carried in echo requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import bytes_text, number_text, plural, saturating, severity, share
from lynceus.features.spoken import ECHOES
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class IcmpTunnel:
    """Two hosts exchange data in echo requests and their answers.

    Detects: per pair of hosts in an hour, of ICMP echo: bytes both ways, mean size of a message
    each way, and whether the answers are as large as the requests. An answer to a ping repeats
    what was asked; where the sizes of the two ways differ clearly, each way has data of its own.

    Why: pings are let through where nothing else is, and hold up to 64 KB each that nobody looks
    at. ptunnel, icmpsh, hans and icmptunnel carry whole sessions in them.

    Blind spots: tunnels of small messages of one size both ways; sources that do not count bytes
    of ICMP; data in other message types.

    False positives: tests of the path with large pings repeat one size and are answered alike:
    they are told as low from a megabyte on. Pings that are lost make fewer answers, not
    smaller ones; the mean size is compared.

    ATT&CK: T1095 Non-Application Layer Protocol, T1572 Protocol Tunneling, T1048.003.
    """

    reads: ClassVar[tuple[Table, ...]] = (ECHOES,)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "high"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1095", "T1572")

    least_bytes: int = 5_000
    """So much both ways is more than an hour of ordinary pings with changing sizes carries."""
    packets: int = 20
    """Fewer messages have no stable mean."""
    unlike: float = 0.1
    """From this difference of the mean sizes of the two ways on, answers do not repeat requests."""
    varied_bytes: int = 100
    """From this difference between the mean sizes of a pair's flows on the size is not fixed."""
    varied_flows: int = 3
    """So many flows at least, for sizes to vary."""
    high_bytes: int = 100_000
    """From here on it carries files or sessions, and is high."""
    bulk_bytes: int = 1_000_000
    """So much in pings that look right is still odd."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Tunnels, then pings of odd bulk."""
        (echoes,) = tables
        asked = share("orig_bytes", "orig_packets")
        answered = share("resp_bytes", "resp_packets")
        larger = pl.max_horizontal(asked, answered)
        unlike = (
            (pl.col("resp_packets") > 0)
            & (share((asked - answered).abs(), larger) >= self.unlike)
            & (larger >= 48)
        ).fill_null(False)
        varied = (
            (pl.col("flows") >= self.varied_flows)
            & (pl.col("largest_mean_bytes") - pl.col("smallest_mean_bytes") >= self.varied_bytes)
            & (pl.col("resp_packets") > 0)
            & (pl.col("carried_bytes") >= self.high_bytes)
        ).fill_null(False)
        bulk = (pl.col("carried_bytes") >= self.bulk_bytes).fill_null(False)
        rows = (
            echoes.with_columns(
                carried_bytes=pl.sum_horizontal("orig_bytes", "resp_bytes"),
                messages=pl.sum_horizontal("orig_packets", "resp_packets"),
                mean_asked_bytes=asked,
                mean_answered_bytes=answered,
            )
            .filter(
                (pl.col("messages") >= self.packets) & (pl.col("carried_bytes") >= self.least_bytes)
            )
            .with_columns(unlike=unlike, varied=varied)
            .filter(pl.col("unlike") | pl.col("varied") | bulk)
        )
        tunnel = pl.col("unlike") | pl.col("varied")
        much = pl.col("carried_bytes") >= self.high_bytes
        return rows.select(
            *("window_start_ns", "window_end_ns", "site", "orig_h", "resp_h", "proto"),
            *("first_seen_ns", "last_seen_ns", "flows", "messages", "carried_bytes"),
            *("mean_asked_bytes", "mean_answered_bytes", "largest_mean_bytes"),
            "smallest_mean_bytes",
            answers_repeat=~pl.col("unlike"),
            service=pl.lit("icmp"),
            orig_role=pl.when(tunnel & pl.col("orig_in").fill_null(True))
            .then(pl.lit("infected"))
            .otherwise(pl.lit("unknown")),
            resp_role=pl.when(tunnel & ~pl.col("resp_in").fill_null(True))
            .then(pl.lit("attacker"))
            .otherwise(pl.lit("unknown")),
            severity=severity(
                (pl.col("unlike") & much, "high"), (tunnel, "medium"), otherwise="low"
            ),
            score=saturating("carried_bytes", 50_000.0) * pl.when(tunnel).then(1.0).otherwise(0.4),
            confidence=pl.when("unlike").then(0.85).when("varied").then(0.6).otherwise(0.25),
            because=sentence(
                "{orig_h} and {resp_h} exchanged {carried_bytes} in {messages} of ICMP "
                "echo, on average {mean_asked_bytes} bytes asked and "
                "{mean_answered_bytes} answered{unlike}.",
                carried_bytes=bytes_text("carried_bytes"),
                messages=plural("messages", "message"),
                mean_asked_bytes=number_text("mean_asked_bytes"),
                mean_answered_bytes=number_text("mean_answered_bytes"),
                unlike=pl.when("unlike")
                .then(sentence("; the answers to a ping repeat it, these do not"))
                .when("varied")
                .then(sentence("; the sizes change from one conversation to the next"))
                .otherwise(sentence("; that is much for pings, though they are answered alike")),
            ),
        )
