"""One inside host takes over others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    bytes_text,
    duration_text,
    plural,
    saturating,
    severity,
    span_s,
    techniques,
)
from lynceus.features.session import ADMIN_OF_PAIR, CLIENTS_OF_HOST, CLIENTS_OF_SITE
from lynceus.features.window import Table
from lynceus.protocols import Key
from lynceus.records import Severity

TECHNIQUE = {
    "smb": "T1021.002", "rdp": "T1021.001", "ssh": "T1021.004", "vnc": "T1021.005",
    "winrm": "T1021.006", "dce_rpc": "T1021.003",
}  # fmt: skip
"""Technique by protocol."""

CONTROL = ["smb", "dce_rpc", "winrm"]
"""Protocols through which Windows hosts are told to run something."""

_KEYS = ["window_start_ns", "window_end_ns", "site"]


@dataclass(frozen=True)
class LateralMovement:
    """An inside host administers several others, or moves bulk data to one that is no server.

    Detects: established sessions of remote administration (SMB, DCE/RPC, WinRM, RDP, SSH, VNC)
    from one inside host to several inside hosts that serve hardly anybody else in that hour or
    day; several control protocols at once to one such host; and gigabytes over SMB between two
    inside hosts of which the receiver is no server.

    Why: from the first host an intruder goes on to the next, with the same tools as an
    administrator. Clients turn to a few servers that many turn to; going out to many hosts that
    nobody else turns to is the other way round.

    Blind spots: movement to a server that many use; the one hop of a careful intruder; protocols
    not listed; what happened before the window, for there is no memory of who usually
    administers whom.

    False positives: management systems (software distribution, backup, vulnerability scanners),
    jump hosts and administrators at work: name them as assets. Backups over SMB move gigabytes,
    to a server with several clients as a rule.

    ATT&CK: T1021 Remote Services by protocol, T1570 Lateral Tool Transfer, T1039 Data from Network
    Shared Drive.
    """

    reads: ClassVar[tuple[Table, ...]] = (
        *ADMIN_OF_PAIR,
        *CLIENTS_OF_HOST,
        *CLIENTS_OF_SITE,
    )
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "lateral-movement"
    techniques: ClassVar[tuple[str, ...]] = ("T1021",)

    hosts_1h: int = 3
    """Hosts that serve nobody else, administered from one host in an hour."""
    hosts_1d: int = 5
    """The same in a day, where the average hour held fewer (as many as in an hour where all was
    within one, across its border)."""
    ssh_factor: int = 3
    """So many times more where all is SSH, which administrators use all day."""
    many_hosts: int = 8
    """From here on it is high."""
    known_clients: int = 4
    """With fewer inside clients in the window than this, nobody can be known as a server: low."""
    clients_of_server: int = 3
    """A host that so many inside hosts turn to is a server."""
    bulk_bytes: int = 1_000_000_000
    """Bytes over SMB to (or, where the direction is not known, between) two hosts in a window."""
    collected_bytes: int = 5_000_000_000
    """Bytes fetched over SMB by one host from another that are worth a low finding."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Fan-outs of the hour and the day, control of a single host, bulk transfers."""
        pairs, pairs_1d, clients, clients_1d, site, site_1d = tables
        hour, day = _served(pairs, clients, site), _served(pairs_1d, clients_1d, site_1d)
        return pl.concat(
            [
                self._fan_out(hour, self.hosts_1h, hours=1),
                self._fan_out(day, self.hosts_1d, hours=24),
                self._control(hour),
                self._bulk(hour),
            ],
            how="diagonal_relaxed",
        )

    def _fan_out(self, pairs: pl.LazyFrame, least: int, hours: int) -> pl.LazyFrame:
        sources = (
            pairs.filter(pl.col("clients") < self.clients_of_server)
            .group_by(*_KEYS, "orig_h")
            .agg(
                pl.col("resp_h").n_unique().cast(pl.Int64).alias("hosts"),
                pl.col("resp_h").unique().sort().head(10).alias("hosts_sample"),
                pl.col("admin").unique().sort().alias("protocols"),
                pl.col("sessions").sum(),
                pl.col("inside_clients").max(),
                pl.col("first_seen_ns").min(),
                pl.col("last_seen_ns").max(),
                (pl.col("first_seen_ns") // (3600 * 10**9)).n_unique().alias("active_hours"),
            )
        )
        factor = pl.when(_only_ssh()).then(self.ssh_factor).otherwise(1)
        needed = pl.lit(least)
        if hours > 1:
            thin = pl.col("hosts") / pl.col("active_hours").clip(lower_bound=1) < self.hosts_1h
            at_once = (span_s() <= 3600).fill_null(False)
            needed = pl.when(at_once).then(self.hosts_1h).otherwise(least)
            sources = sources.filter(thin)
        sources = sources.filter(pl.col("hosts") >= factor * needed)
        several = pl.col("protocols").list.len() >= 2
        return sources.drop("active_hours").with_columns(
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            severity=severity(
                (pl.col("inside_clients") < self.known_clients, "low"),
                (pl.col("window_start_ns").is_null(), "low"),
                (_only_ssh(), "medium"),
                ((pl.col("hosts") >= self.many_hosts) | several, "high"),
                otherwise="medium",
            ),
            score=saturating("hosts", least),
            confidence=0.45 + 0.4 * saturating("hosts", self.many_hosts),
            techniques=pl.col("protocols").list.eval(
                pl.element().replace_strict(
                    list(TECHNIQUE), list(TECHNIQUE.values()), default="T1021"
                )
            ),
            because=pl.format(
                "{} opened {} of remote administration ({}) on {} that hardly any other host "
                "turns to.",
                "orig_h",
                plural("sessions", "session"),
                pl.col("protocols").list.join(", "),
                plural("hosts", "inside host"),
            ),
        )

    def _control(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        """Several control protocols to one host that nobody else turns to."""
        peers = (
            pairs.filter((pl.col("clients") <= 1) & pl.col("admin").is_in(CONTROL))
            .group_by(*_KEYS, "orig_h", "resp_h")
            .agg(
                pl.col("admin").unique().sort().alias("protocols"),
                pl.col("sessions").sum(),
                pl.col("first_seen_ns").min(),
                pl.col("last_seen_ns").max(),
            )
            .filter(pl.col("protocols").list.len() >= 2)
        )
        return peers.with_columns(
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            severity=pl.lit("low"),
            score=0.5 * saturating("sessions", 5),
            confidence=pl.lit(0.3),
            techniques=techniques("T1021.002", "T1021.003"),
            because=pl.format(
                "{} reached {} by {} at once ({}): that is how a command is run on a host; no "
                "other host turns to it.",
                "orig_h",
                "resp_h",
                pl.col("protocols").list.join(" and "),
                plural("sessions", "session"),
            ),
        )

    def _bulk(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        moved = pl.coalesce("sent_bytes", "all_bytes")
        fetched = pl.col("received_bytes") >= self.collected_bytes
        server = pl.col("clients") >= self.clients_of_server
        bulk = pairs.filter(
            (pl.col("admin") == "smb") & ((moved >= self.bulk_bytes) | fetched)
        ).with_columns(moved_bytes=pl.max_horizontal(moved, "received_bytes"))
        pushed = (moved >= self.bulk_bytes).fill_null(False)
        return bulk.select(
            *_KEYS,
            *("orig_h", "resp_h", "resp_p", "proto", "first_seen_ns", "last_seen_ns"),
            *("moved_bytes", "sent_bytes", "received_bytes", "all_packets", "sessions"),
            *("longest_s", "clients"),
            service=pl.lit("smb"),
            orig_role=pl.lit("attacker"),
            resp_role=pl.when(server).then(pl.lit("server")).otherwise(pl.lit("victim")),
            severity=severity((~pushed | server, "low"), otherwise="high"),
            score=saturating("moved_bytes", self.bulk_bytes),
            confidence=pl.when(server | ~pushed).then(0.3).otherwise(0.65),
            techniques=pl.when(pushed)
            .then(techniques("T1570", "T1021.002"))
            .otherwise(techniques("T1039")),
            because=pl.format(
                "{} and {} moved {} over SMB{}: {}.",
                "orig_h",
                "resp_h",
                bytes_text("moved_bytes"),
                pl.when(pl.col("longest_s") > 0)
                .then(pl.format(" in {}", duration_text("longest_s")))
                .otherwise(pl.lit("")),
                pl.when(server)
                .then(pl.format("{} turn to that server", plural("clients", "host")))
                .otherwise(
                    pl.lit(
                        "lateral movement or exfiltration by SMB, for no other host turns to "
                        "the receiver"
                    )
                ),
            ),
        )


def _only_ssh() -> pl.Expr:
    protocols = pl.col("protocols").list
    return (protocols.len() == 1) & protocols.contains("ssh")


def _served(pairs: pl.LazyFrame, clients: pl.LazyFrame, site: pl.LazyFrame) -> pl.LazyFrame:
    """Pairs with the number of hosts that turn to the responder, and to anybody at all."""
    return (
        pairs.join(clients, on=[*_KEYS, "resp_h"], how="left", nulls_equal=True)
        .join(site, on=_KEYS, how="left", nulls_equal=True)
        .with_columns(pl.col("clients").fill_null(1), pl.col("inside_clients").fill_null(1))
    )
