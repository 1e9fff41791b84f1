"""Tickets for services, collected to guess their passwords."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import WINDOW_KEYS, as_text, in_time, plural, saturating, severity, span_s
from lynceus.features.ticket import SERVICE_TICKETS, STRONG_TICKETS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class Kerberoasting:
    """A host collects Kerberos tickets of services whose passwords can be guessed from them.

    Detects: several services for which one host is given tickets under weak keys (RC4, DES) within
    an hour, in a domain that knows strong ones, or a few where it offers nothing but weak types,
    which no present Windows does; as a low finding, one or two tickets under weak keys.

    Why: a ticket is encrypted with the password of the service. Under RC4 that is guessed by the
    billion a second, away from the network, and services often have old passwords and wide rights.

    Blind spots: one ticket after another over days; tickets under AES, which are guessed too, only
    slower; what is in tunnels of Kerberos (FAST) is seen only in part.

    False positives: programs that can only do RC4 and turn to several old services.

    ATT&CK: T1558.003 Kerberoasting.
    """

    reads: ClassVar[tuple[Table, ...]] = (SERVICE_TICKETS, STRONG_TICKETS)
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "credential-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1558.003",)

    services: int = 3
    """Services with tickets under weak keys in an hour: a user may need one or two old ones."""
    many_services: int = 10
    """From here on it is high: nobody works with so many old services at once."""
    asked_weak: int = 2
    """Services asked for with nothing but weak types: a tool does that, or a very old system."""

    def findings(self, tickets: pl.LazyFrame, strong: pl.LazyFrame) -> pl.LazyFrame:
        """Hosts with tickets under weak keys."""
        keys = [*WINDOW_KEYS, "resp_h"]
        known = strong.select(*keys, "strong_tickets")
        modern = pl.col("strong_shown") | (pl.col("strong_tickets") > 0)
        weak, asked = pl.col("weak_services"), pl.col("asked_weak_services")
        span = span_s("first_weak_ns", "last_weak_ns")
        return (
            tickets.filter(weak >= 1)
            .join(known, on=keys, how="left", nulls_equal=True)
            .with_columns(
                span_s=span,
                first_seen_ns="first_weak_ns",
                last_seen_ns="last_weak_ns",
                resp_p="kdc_port",
                service=pl.lit("kerberos"),
                orig_role=pl.lit("attacker"),
                resp_role=pl.lit("server"),
                severity=severity(
                    (modern.fill_null(False).not_(), "low"),
                    (weak >= self.many_services, "high"),
                    ((weak >= self.services) | (asked >= self.asked_weak), "medium"),
                    otherwise="low",
                ),
                score=saturating(weak + asked, self.services),
                confidence=pl.when((weak >= self.services) | (asked >= self.asked_weak))
                .then(0.5 + 0.4 * saturating(weak, self.many_services))
                .otherwise(0.3),
                because=sentence(
                    "{orig_h} was given tickets for {weak_services} under weak keys by "
                    "{resp_h}{in_time}{as_users}, {asked_weak_services} of them asked for "
                    "with weak encryption alone.",
                    weak_services=plural("weak_services", "service"),
                    in_time=in_time(span),
                    as_users=as_text("clients"),
                ),
            )
            .drop(
                "first_weak_ns",
                "last_weak_ns",
                "kdc_port",
                "orig_in",
                "orig_role_of_asset",
                "strong_shown",
            )
        )
