"""A protocol where it does not belong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    bytes_text,
    network_text,
    plural,
    port_text,
    saturating,
    severity,
    techniques,
)
from lynceus.features.spoken import KNOWN_PORTS, ODD_PORTS, UNKNOWN_SPOKEN
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_KEYS = ("window_start_ns", "window_end_ns", "site", "orig_h", "resp_h", "resp_p", "proto")
CONTROL = ("ssh", "telnet", "rdp", "irc", "smb")
"""Protocols by which somebody steers a host."""

OPEN_PORTS = (53, 80, 123, 443)
"""Ports that nearly every firewall lets out."""


@dataclass(frozen=True)
class OddPort:
    """A known protocol on a port that is not its own, or an unknown one on a known port.

    Detects: per pair of hosts and port in an hour: conversations whose content is SSH, Telnet,
    RDP, SMB, FTP, mail, DNS, LDAP, Kerberos, SNMP, NTP or IRC on a port that is not known for it;
    HTTP and TLS with the outside on ports unusual for the web; and whole TCP conversations on
    ports 22, 25, 53, 80, 443, 445 and 3389 in which the protocol of that port was not spoken.

    Why: a service is moved to another port to pass a firewall or to hide; a control channel on
    port 443 that is no TLS looks like the web only to those who look at ports.

    Blind spots: sources that name the service by its port; conversations whose beginning was not
    seen or with lost packets; malware that speaks the right protocol.

    False positives: administrators move SSH and web servers, devices have web pages on high
    ports. So this is low; remote control of or from the outside over a port that firewalls leave
    open (53, 80, 123, 443) is medium. Large providers are left out.

    ATT&CK: T1571 Non-Standard Port, T1095 Non-Application Layer Protocol.
    """

    reads: ClassVar[tuple[Table, ...]] = (ODD_PORTS, UNKNOWN_SPOKEN)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1571",)

    least_bytes: int = 500
    """Less than this both ways is a greeting."""
    unknown_bytes: int = 2_000
    """Of an unknown protocol more is needed: short ones are health checks and scans."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Known protocols on odd ports, then unknown ones on known ports."""
        odd, unknown = tables
        outside = pl.col("orig_in") != pl.col("resp_in")
        carried = pl.sum_horizontal("orig_bytes", "resp_bytes")
        provider = pl.col("resp_network_kind").is_in(["saas", "cdn", "resolver"]).fill_null(False)
        cloud = (pl.col("resp_network_kind") == "cloud").fill_null(False)
        known = (
            odd.with_columns(carried_bytes=carried)
            .filter((pl.col("carried_bytes") >= self.least_bytes) & ~provider)
            .with_columns(
                severity=severity(
                    (
                        outside
                        & pl.col("service").is_in(list(CONTROL))
                        & pl.col("resp_p").is_in(list(OPEN_PORTS)),
                        "medium",
                    ),
                    otherwise="low",
                ),
                because=sentence(
                    "{orig_h} spoke {service} with {resp_h}{network} on {port}, where it is "
                    "not at home: {carried_bytes} in {connections}.",
                    service=pl.col("service").str.to_uppercase(),
                    network=network_text(),
                    port=port_text(),
                    carried_bytes=bytes_text("carried_bytes"),
                    connections=plural("connections", "connection"),
                ),
                expected=pl.lit(None, pl.String),
                techniques=techniques("T1571"),
                confidence=pl.lit(0.45),
            )
        )
        expected = pl.col("resp_p").replace_strict(
            list(KNOWN_PORTS), list(KNOWN_PORTS.values()), default=None, return_dtype=pl.String
        )
        strange = (
            unknown.with_columns(carried_bytes=carried, expected=expected)
            .filter((pl.col("carried_bytes") >= self.unknown_bytes) & outside & ~provider & ~cloud)
            .with_columns(
                severity=pl.lit("low"),
                because=sentence(
                    "{orig_h} and {resp_h}{network} exchanged {carried_bytes} in "
                    "{connections} on {port}, and it was no {expected}.",
                    network=network_text(),
                    carried_bytes=bytes_text("carried_bytes"),
                    connections=plural("connections", "connection"),
                    port=port_text(),
                    expected=pl.col("expected").str.to_uppercase(),
                ),
                service=pl.lit(None, pl.String),
                techniques=techniques("T1095", "T1571"),
                confidence=pl.lit(0.4),
            )
        )
        columns = (
            *(*_KEYS, "service", "first_seen_ns", "last_seen_ns", "connections"),
            *("carried_bytes", "longest_s", "resp_network", "expected", "severity", "techniques"),
            *("confidence", "because"),
        )
        return pl.concat([known.select(columns), strange.select(columns)]).with_columns(
            orig_role=pl.lit("unknown"),
            resp_role=pl.lit("unknown"),
            score=saturating("carried_bytes", 50_000.0) * 0.6,
        )
