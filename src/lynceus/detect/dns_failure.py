"""Name look-ups that get no use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import percent_text, plural, saturating, severity, share
from lynceus.features.name import RESOLVERS_OF_HOST
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_SERVER = ["window_start_ns", "window_end_ns", "site", "resp_h"]


@dataclass(frozen=True)
class DnsFailure:
    """A name server does not answer its clients, or refuses and fails most of what they ask.

    Detects: in a day, name servers at which most look-ups of a host got no answer, a refusal or a
    server failure; all hosts that fail at one server are one finding. Names that do not exist are
    answers and do not count.

    Why: look-ups that time out make everything slow, and nobody thinks of the name server first. It
    is about health, not an attack.

    Blind spots: a sensor that sees one direction only sees no answers at all: then every server
    fails, and nothing is said; encrypted DNS.

    False positives: a name server that was down for a moment of a short input.

    ATT&CK: none.
    """

    reads: ClassVar[tuple[Table, ...]] = (RESOLVERS_OF_HOST,)
    key: ClassVar[Key] = "responder"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "info"
    tactic: ClassVar[str] = ""
    techniques: ClassVar[tuple[str, ...]] = ()

    queries: int = 50
    """Look-ups of a host at a server in a day, below which nothing is said."""
    failed_share: float = 0.7
    """Share of them without use from which on the server is no use to the host."""
    many_clients: int = 3
    """Clients that fail at one server from which on it is low: it concerns more than one host."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a server."""
        answered = (
            tables[0]
            .group_by(_SERVER[:3])
            .agg(site_answers=pl.col("answered_queries").sum())
            .filter(pl.col("site_answers") > 0)
        )
        useless = pl.col("queries") - pl.col("answered_queries") + pl.col("failed_queries")
        failing = (
            tables[0]
            .with_columns(useless_queries=useless)
            .filter(
                pl.col("orig_in").fill_null(True)
                & (pl.col("queries") >= self.queries)
                & (share("useless_queries", "queries") >= self.failed_share)
            )
            .join(answered, on=_SERVER[:3], how="semi", nulls_equal=True)
            .group_by(_SERVER)
            .agg(
                pl.len().cast(pl.Int64).alias("clients"),
                pl.col("orig_h").sort().head(5).alias("clients_sample"),
                pl.col("queries", "answered_queries", "failed_queries", "useless_queries").sum(),
                pl.col("first_seen_ns").min(),
                pl.col("last_seen_ns").max(),
            )
        )
        single = pl.col("clients") == 1
        return failing.with_columns(
            orig_h=pl.when(single).then(pl.col("clients_sample").list.first()),
            orig_role=pl.lit("user"),
            resp_role=pl.lit("server"),
            resp_p=pl.lit(53),
            service=pl.lit("dns"),
            severity=severity((pl.col("clients") >= self.many_clients, "low"), otherwise="info"),
            score=0.4 * saturating("useless_queries", 20 * self.queries),
            confidence=pl.lit(0.7),
            because=sentence(
                "{useless_queries_share} of {queries} that {clients} sent to {resp_h} got"
                " no answer, a refusal or a server failure.",
                useless_queries_share=percent_text(share("useless_queries", "queries")),
                queries=plural("queries", "name look-up"),
                clients=pl.when(single)
                .then(pl.col("clients_sample").list.first())
                .otherwise(plural("clients", "host")),
            ),
        )
