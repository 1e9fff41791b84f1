"""Rows of a pasted list that are what they seem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import bytes_text, in_time, port_text
from lynceus.features import ports
from lynceus.features.listed import ANONYMISERS, TOLD_FLOWS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

KNOWN_KINDS = ("saas", "cloud", "cdn", "resolver")


@dataclass(frozen=True)
class Unremarkable:
    """A row of a flow list in which nothing stands out.

    Detects: rows of pasted flow lists that none of the other detectors can find fault with: no
    end on a list, no hint of a scan, no bulk transfer. The reason is told: which network, which
    service, how much.

    Why: who asks about four flows wants four answers, and "this one is ordinary" is one of them.

    Blind spots: a single row tells little; what is ordinary by itself may be part of something.

    False positives: none that matter, for it raises nothing above info.

    ATT&CK: none.
    """

    reads: ClassVar[tuple[Table, ...]] = (TOLD_FLOWS,)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "info"
    tactic: ClassVar[str] = ""
    techniques: ClassVar[tuple[str, ...]] = ()

    bulk_inside_bytes: int = 1_000_000_000
    """From here on a transfer between inside hosts is not ordinary."""
    bulk_outside_bytes: int = 2_000_000_000
    """From here on an exchange with the outside is not ordinary."""
    long_s: float = 1500.0
    """From here on a conversation with the outside is not ordinary."""
    hosts: int = 10
    """A row that stands for so many hosts is not ordinary."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Every row that is not somebody else's."""
        (rows,) = tables
        listed = [pl.col(f"{end}_indicator").is_not_null() for end in ("orig", "resp")] + [
            pl.col(f"{end}_network_kind").is_in(ANONYMISERS) for end in ("orig", "resp")
        ]
        inside = pl.col("orig_in") & pl.col("resp_in")
        remarkable = pl.any_horizontal(
            *listed,
            pl.col("resp_hosts") >= self.hosts,
            inside & (pl.col("admin") == "smb") & (pl.col("all_bytes") >= self.bulk_inside_bytes),
            ~inside & (pl.col("all_bytes") >= self.bulk_outside_bytes),
            ~inside & (pl.col("duration_s") >= self.long_s),
        )
        network = pl.col("resp_network")
        known = pl.col("resp_network_kind").is_in(KNOWN_KINDS).fill_null(False)
        web = pl.col("resp_p").is_in([80, 443, 8080, 8443]).fill_null(False)
        place = (
            pl.when(known)
            .then(
                pl.format("{} ({})", network.str.replace_all("-", " ").str.to_titlecase(), "resp_h")
            )
            .otherwise(pl.coalesce("resp_h", sentence("several hosts")))
        )
        reason = (
            pl.when(known & web)
            .then(sentence("ordinary web use"))
            .when(known)
            .then(sentence("a service of a well-known provider"))
            .when(inside)
            .then(sentence("traffic inside the network, of ordinary size"))
            .when(web)
            .then(sentence("web traffic with a place no list knows, of ordinary size"))
            .when(ports.named(ports.NAMES).is_not_null())
            .then(sentence("a usual service, of ordinary size"))
            .otherwise(sentence("nothing in this row stands out by itself"))
        )
        amount = (
            pl.when(pl.col("all_bytes").is_null())
            .then(sentence("An unknown amount"))
            .otherwise(bytes_text("all_bytes"))
        )
        return rows.filter(~remarkable.fill_null(False)).select(
            *("window_start_ns", "window_end_ns", "site", "orig_h", "resp_h", "resp_p", "proto"),
            *("service", "first_seen_ns", "last_seen_ns", "rows", "all_bytes", "all_packets"),
            *("duration_s", "resp_network"),
            score=pl.lit(0.0),
            confidence=pl.when(known).then(0.9).otherwise(0.6),
            orig_role=pl.lit("user"),
            resp_role=pl.when(known).then(pl.lit("service")).otherwise(pl.lit("unknown")),
            because=sentence(
                "{amount} between {orig_h} and {place} on {port}{in_time}: {reason}.",
                amount=amount,
                orig_h=pl.col("orig_h").fill_null(sentence("an unknown host")),
                place=place,
                port=pl.coalesce(port_text(), sentence("an unknown port")),
                in_time=in_time(pl.col("duration_s")),
                reason=reason,
            ),
        )
