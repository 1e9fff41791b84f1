"""Encrypted look-ups at public resolvers, and what may be hidden in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import bytes_text, plural, port_text, saturating, severity, share
from lynceus.features.contact import VOLUME_OF_PAIR
from lynceus.features.handshake import DOH_PAIRS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_KEYS = ["window_start_ns", "window_end_ns", "site", "orig_h", "resp_h"]


@dataclass(frozen=True)
class DohTunnel:
    """An inside host sends more to a public encrypted resolver than look-ups need.

    Detects: TLS and QUIC with names and addresses of public resolvers (DNS over HTTPS or TLS), by
    pair of hosts in an hour. Told as info is that it happens; as a tunnel, where very much is
    sent, or much and more than comes back: questions are small and answers larger, what a tunnel
    carries out turns that round.

    Why: encrypted look-ups pass by the own resolver and its logs; tunnels (dnstt, dns2tcp over
    DoH, Godoh) use them as they use clear ones.

    Blind spots: resolvers that no list has; tunnels of little volume, whose names nobody sees;
    resolvers and other services behind one address (see `beacon` for their rhythm).

    False positives: browsers use these resolvers by default; a house full of clients behind one
    address sends much too.

    ATT&CK: T1572 Protocol Tunneling, T1071.004 DNS.
    """

    reads: ClassVar[tuple[Table, ...]] = (*DOH_PAIRS, VOLUME_OF_PAIR[0])
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "info"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1572", "T1071.004")

    sent_bytes: int = 400_000
    """Sent in an hour: some two thousand look-ups, and many for one host."""
    sent_share: float = 0.55
    """Least share of what was sent of all that was exchanged: answers are larger than questions."""
    much_bytes: int = 5_000_000
    """So much sent in an hour are no look-ups, whatever comes back."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One finding a pair and hour."""
        *pairs, volumes = tables
        met = (
            pl.concat(pairs)
            .group_by(_KEYS)
            .agg(
                pl.col("handshakes").sum(),
                pl.col("server_name", "domain", "resp_p").max(),
                pl.col("first_seen_ns").min(),
                pl.col("last_seen_ns").max(),
            )
        )
        sent = pl.col("sent_bytes").fill_null(0)
        turned = (sent >= self.sent_bytes) & (pl.col("sent_share") >= self.sent_share)
        tunnel = turned | (sent >= self.much_bytes)
        volume = volumes.select(*_KEYS, "sent_bytes", "received_bytes")
        both = pl.sum_horizontal("sent_bytes", "received_bytes")
        return (
            met.join(volume, on=_KEYS, how="left", nulls_equal=True)
            .with_columns(sent_share=share("sent_bytes", both))
            .select(
                *(*_KEYS, "resp_p", "domain", "first_seen_ns", "last_seen_ns"),
                *("handshakes", "sent_bytes", "received_bytes", "sent_share", "server_name"),
                service=pl.lit("doh"),
                orig_role=pl.when(tunnel).then(pl.lit("infected")).otherwise(pl.lit("user")),
                resp_role=pl.lit("service"),
                severity=severity((tunnel, "medium"), otherwise="info"),
                score=pl.when(tunnel).then(saturating("sent_bytes", 1e6)).otherwise(0.1),
                confidence=pl.when(tunnel).then(0.6).otherwise(0.2),
                because=sentence(
                    "{orig_h} asked the public resolver {server} by encrypted DNS on {port} "
                    "({handshakes}){amount}.",
                    server=pl.when(pl.col("server_name").is_null())
                    .then(pl.col("resp_h").fill_null(sentence("outside")))
                    .otherwise(
                        pl.format("{} ({})", "server_name", pl.col("resp_h").fill_null("-"))
                    ),
                    port=port_text(),
                    handshakes=plural("handshakes", "connection"),
                    amount=pl.when(pl.col("sent_bytes").is_null())
                    .then(pl.lit(""))
                    .otherwise(
                        sentence(
                            ", sent {sent_bytes} and got {received_bytes}",
                            sent_bytes=bytes_text("sent_bytes"),
                            received_bytes=bytes_text(pl.col("received_bytes").fill_null(0)),
                        )
                    ),
                ),
            )
        )
