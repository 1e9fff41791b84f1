"""A TLS client that nobody else on the site has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import plural, saturating, share
from lynceus.features.handshake import CLIENTS_BY_JA4, TLS_CLIENTS
from lynceus.features.window import Table
from lynceus.language.columns import clause, sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class RareJa4:
    """One inside host uses a TLS client that no other host of the site uses.

    Detects: JA4 fingerprints of TLS to the outside in a day that one inside host alone shows, on
    a site with enough TLS clients to tell, where hardly any of its connections go to popular
    names, known services or large providers, and all go to one or two places.

    Why: the fingerprint is that of the program's TLS library. A program on one host that talks
    to one unknown place alone may be an implant.

    Blind spots: implants that use the libraries of the system or copy a browser; sites with few
    clients; TLS inside proxies.

    False positives: every special program of one person (a bank's, a maker's, a game) is such a
    client. So this is low, and there to lift other signs of the same host.

    ATT&CK: T1071.001 Web Protocols, T1573 Encrypted Channel.
    """

    reads: ClassVar[tuple[Table, ...]] = (CLIENTS_BY_JA4, TLS_CLIENTS)
    key: ClassVar[Key] = "site"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1071.001", "T1573")

    tls_clients: int = 10
    """With fewer TLS clients on the site every fingerprint is rare."""
    handshakes: int = 5
    """So often at least it has to speak: once is a visit."""
    places: int = 2
    """Most places it goes to: a browser of its own kind goes to many."""
    known_share: float = 0.2
    """Most share of its connections to well-known names and networks."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One finding a rare client."""
        prints, clients = tables
        keys = ["window_start_ns", "window_end_ns", "site"]
        known = pl.col("to_known") + pl.col("to_providers")
        return (
            prints.filter(
                (pl.col("clients") == 1)
                & (pl.col("handshakes") >= self.handshakes)
                & (pl.col("places") <= self.places)
                & (share(known, "handshakes") <= self.known_share)
            )
            .join(clients, on=keys, how="inner", nulls_equal=True)
            .filter(pl.col("tls_clients") >= self.tls_clients)
            .select(
                *(*keys, "orig_h", "resp_p", "first_seen_ns", "last_seen_ns"),
                *("flow_uids", "flows_total", "handshakes", "places", "tls_clients"),
                *("ja4", "names_sample"),
                resp_h=pl.when(pl.col("places") == 1).then("resp_h"),
                service=pl.lit("tls"),
                orig_role=pl.lit("unknown"),
                resp_role=pl.lit("unknown"),
                score=saturating("handshakes", 40.0) * 0.5,
                confidence=pl.lit(0.25),
                because=sentence(
                    "{orig_h} alone of {tls_clients} uses a TLS client with JA4 {ja4}, "
                    "{handshakes} to {places}{names}.",
                    tls_clients=plural("tls_clients", "TLS client"),
                    handshakes=plural("handshakes", "time"),
                    places=plural("places", "place"),
                    names=pl.when(pl.col("names_sample").list.len() > 0)
                    .then(
                        pl.format(
                            " ({})", pl.col("names_sample").list.join(", ", ignore_nulls=True)
                        )
                    )
                    .otherwise(clause("without a name")),
                ),
            )
        )
