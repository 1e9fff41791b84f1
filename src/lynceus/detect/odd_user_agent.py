"""Programs whose name for themselves does not fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import plural, saturating, severity
from lynceus.features.web import AGENTS_OF_SITE, SCANNERS, SILENT_AGENTS, WEB_CLIENTS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

SCRIPTS = (
    r"(?i)^(curl|wget|python-requests|python-urllib|python/|aiohttp|go-http-client|libwww-perl"
    r"|lwp::|perl|ruby|java/|okhttp|winhttprequest|certutil url agent|powershell|mozilla/5\.0 "
    r"\(windows nt; windows nt .*windowspowershell)|windowspowershell/|winhttp\.winhttprequest"
)
"""Programs that fetch for a script."""

LOADERS = (
    r"(?i)windowspowershell/|certutil url agent|winhttp\.winhttprequest|mshta|rundll32|regsvr32"
)
"""Tools of Windows that fetch what an attacker's command line names."""

FORGED = (
    r"(?i)^user-agent:|^mozilla/[45]\.0$|^mozila|^mozzila|^moziila|mozilla/[6-9]\.|^mozilla/[123]\."
    r"|msie [1-5]\.|windows nt [3-4]\.|^ie$|^internet explorer$|^chrome$|^firefox$|^opera$|^test$"
    r"|^agent$|^user-?agent$|^[0-9a-f]{16,}$|^[A-Za-z0-9+/]{24,}={0,2}$|^.{1,2}$"
)
"""Names that claim to be a browser and are none, or nothing at all."""

_KEYS = ("window_start_ns", "window_end_ns", "site")
_SEEN = ("first_seen_ns", "last_seen_ns", "flow_uids", "flows_total")


@dataclass(frozen=True)
class OddUserAgent:
    """An inside host uses a web program whose name for itself is odd.

    Detects: user agents of clear web requests to the outside, in a day: names of scanners; tools
    of Windows that scripts fetch with (PowerShell, certutil); forged names of browsers; names
    that one inside host alone uses on a site of many; and requests without a name. Requests to
    popular names and known services are not counted.

    Why: malware is a program of its own. It often brings the web library's own name, a copied
    one with a mistake, or none.

    Blind spots: HTTPS; names copied well, which is most; sites with few web clients, where every
    program is rare; sources that do not tell user agents.

    False positives: updaters, games, devices and scripts of administrators have rare names; so a
    rare or missing one is low and never more. Scanners and fetching tools of Windows are medium.

    ATT&CK: T1071.001 Web Protocols, T1105 Ingress Tool Transfer.
    """

    reads: ClassVar[tuple[Table, ...]] = (AGENTS_OF_SITE, SILENT_AGENTS, WEB_CLIENTS)
    key: ClassVar[Key] = "site"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1071.001",)

    web_clients: int = 20
    """With fewer web clients on the site every program is rare."""
    rare_requests: int = 10
    """So often at least a rare program has to speak."""
    silent_requests: int = 10
    """So often at least a program without a name has to speak to one place."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Named ones, then silent ones."""
        agents, silent, clients = tables
        asked = agents.filter(pl.col("agent").is_not_null() & (pl.col("agent") != "")).join(
            clients, on=[*_KEYS], how="left", nulls_equal=True
        )
        return pl.concat(
            [self._named(asked), self._silent(silent, clients)], how="diagonal_relaxed"
        )

    def _named(self, agents: pl.LazyFrame) -> pl.LazyFrame:
        agent = pl.col("agent")
        scanner = agent.str.contains(SCANNERS)
        loader = agent.str.contains(LOADERS)
        forged = agent.str.contains(FORGED)
        other = pl.col("requests") - pl.col("to_popular")
        rare = (
            (pl.col("clients") == 1)
            & (pl.col("web_clients") >= self.web_clients)
            & (other >= self.rare_requests)
            & ~agent.str.starts_with("Mozilla/5.0 (")
        )
        kind = (
            pl.when(scanner)
            .then(sentence("the name of a scanner"))
            .when(loader)
            .then(sentence("a tool that scripts fetch with"))
            .when(forged)
            .then(sentence("no name that a browser has"))
            .when(rare & agent.str.contains(SCRIPTS))
            .then(sentence("the name of a scripting library that no other host here uses"))
            .when(rare)
            .then(sentence("a name that no other host here uses"))
        )
        return (
            agents.with_columns(kind=kind, other_requests=other)
            .filter(pl.col("kind").is_not_null() & (other > 0))
            .select(
                *(*_KEYS, "orig_h", *_SEEN),
                *("kind", "requests", "other_requests", "clients", "web_clients", "hosts"),
                *("hosts_sample", "uploads"),
                resp_h=pl.when(pl.col("hosts") <= 1).then("resp_h"),
                resp_p=pl.when(pl.col("hosts") <= 1).then("resp_p"),
                service=pl.lit("http"),
                user_agent=agent.str.slice(0, 200),
                orig_role=pl.when(scanner | loader)
                .then(pl.lit("infected"))
                .otherwise(pl.lit("unknown")),
                resp_role=pl.lit("unknown"),
                severity=severity(((scanner | loader), "medium"), otherwise="low"),
                score=saturating("other_requests", 20.0)
                * pl.when(scanner | loader).then(1.0).otherwise(0.5),
                confidence=pl.when(scanner | loader)
                .then(0.6)
                .when(forged)
                .then(0.4)
                .otherwise(0.25),
                because=sentence(
                    '{orig_h} used the web program "{agent}" for {requests} ({names}): {kind}.',
                    agent=agent.str.slice(0, 80),
                    requests=plural("requests", "request"),
                    names=pl.col("hosts_sample")
                    .list.join(", ", ignore_nulls=True)
                    .str.slice(0, 120),
                ),
            )
        )

    def _silent(self, silent: pl.LazyFrame, clients: pl.LazyFrame) -> pl.LazyFrame:
        """Only where the source tells user agents at all."""
        ordinary = (
            pl.col("popular").fill_null(False)
            | pl.col("known_service").is_not_null()
            | pl.col("network_kind").is_in(["saas", "cdn"]).fill_null(False)
        )
        return (
            silent.join(clients, on=[*_KEYS], how="left", nulls_equal=True)
            .filter(
                (pl.col("requests") >= self.silent_requests)
                & (pl.col("named_requests") > 0)
                & ~ordinary
            )
            .select(
                *(*_KEYS, "orig_h", "resp_h", "resp_p", *_SEEN),
                *("requests", "uploads", "hosts_sample", "web_clients"),
                kind=sentence("no name at all"),
                service=pl.lit("http"),
                orig_role=pl.lit("unknown"),
                resp_role=pl.lit("unknown"),
                score=saturating("requests", 40.0) * 0.5,
                confidence=pl.lit(0.3),
                because=sentence(
                    "{orig_h} sent {requests} to {resp_h}{names} without saying what program "
                    "it is.",
                    requests=plural("requests", "web request"),
                    resp_h=pl.col("resp_h").fill_null(sentence("an unknown server")),
                    names=pl.when(pl.col("hosts_sample").list.len() > 0)
                    .then(
                        pl.format(
                            " ({})",
                            pl.col("hosts_sample").list.join(", ", ignore_nulls=True),
                        )
                    )
                    .otherwise(pl.lit("")),
                ),
            )
        )
