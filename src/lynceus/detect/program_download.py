"""A host fetches a program from a server that has no name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import bytes_text, plural, saturating, severity
from lynceus.features.web import PROGRAMS_BY_NUMBER
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class ProgramDownload:
    """An inside host fetches programs or scripts in clear text from a server called by its number.

    Detects: answered HTTP requests to the outside, by client and server in an hour, whose Host is
    an address and whose answer is something to run: by its media type (Windows, Linux, macOS and
    Android programs, scripts, Java archives), or by the end of its name where the answer is no page
    or picture.

    Why: who sends software to people does so under a name. The first stage of an intrusion and
    the worms of small devices fetch the next stage from whatever address serves it today.

    Blind spots: HTTPS; servers with a name, which intruders have too; programs that are sent as
    plain data under a plain name; what is fetched with other protocols.

    False positives: caches of updates at the provider and appliances that update by number. So
    networks of large providers are info.

    ATT&CK: T1105 Ingress Tool Transfer.
    """

    reads: ClassVar[tuple[Table, ...]] = (PROGRAMS_BY_NUMBER,)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1105",)

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One finding a client, server and number."""
        (rows,) = tables
        provider = pl.col("network_kind").is_in(["saas", "cdn"]).fill_null(False)
        return rows.select(
            *("window_start_ns", "window_end_ns", "site", "orig_h", "resp_h", "resp_p"),
            *("first_seen_ns", "last_seen_ns", "flow_uids", "flows_total"),
            *("place", "downloads", "programs", "downloaded_bytes", "programs_sample"),
            *("user_agent", "response_mime_type"),
            service=pl.lit("http"),
            orig_role=pl.when(provider).then(pl.lit("unknown")).otherwise(pl.lit("infected")),
            resp_role=pl.when(provider).then(pl.lit("service")).otherwise(pl.lit("unknown")),
            severity=severity((provider, "info"), otherwise="medium"),
            score=saturating("programs", 1.0),
            confidence=pl.when(provider)
            .then(0.15)
            .otherwise(0.5 + 0.3 * saturating(pl.col("programs") - 1, 2.0)),
            because=sentence(
                "{orig_h} fetched {programs} ({downloaded_bytes}) in clear text from "
                "{place}, which it called by its number: {programs_sample}.",
                programs=plural("programs", "program"),
                downloaded_bytes=bytes_text("downloaded_bytes"),
                programs_sample=pl.col("programs_sample")
                .list.join(", ", ignore_nulls=True)
                .str.slice(0, 160),
            ),
        )
