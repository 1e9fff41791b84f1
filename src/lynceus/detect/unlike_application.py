"""More is carried than the application that is claimed can need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    bytes_text,
    network_text,
    plural,
    port_text,
    saturating,
    severity,
    share,
)
from lynceus.features.claimed import BOUNDED, LEAST_BYTES, VOLUME_OF_APPLICATION
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@cache
def learned() -> pl.DataFrame:
    """What each application was seen to carry each way between two hosts in an hour.

    Columns: `application` (`*` stands for all others), `way` (sent, received), `pair_hours` and
    `inputs` it was learned from, `median_bytes`, `p99_bytes`, `most_bytes` of an hour, and
    `p99_bytes_each`, `most_bytes_each` of a connection.
    """
    table = resources.files("lynceus.features").joinpath("volumes.csv")
    return pl.read_csv(BytesIO(table.read_bytes()))


@dataclass(frozen=True)
class UnlikeApplication:
    """A conversation claims an application that never carries so much.

    Detects: per pair of hosts and port in an hour: conversations that are DNS, NTP, mDNS, LLMNR,
    SSDP, DHCP, NetBIOS names, SNMP, Kerberos, RADIUS or FTP commands by their content or their
    port, or the small direction of LDAP, syslog, SMTP and POP3, and carried many times what that
    application was ever seen to carry in an hour and in one connection. The ranges were learned
    from ordinary traffic and stand in `features/volumes.csv`.

    Why: a firewall that lets a port out lets out whatever calls itself so: tunnels, backdoors and
    stolen files go over ports 53 and 123, for these are open nearly everywhere.

    Blind spots: applications that carry files (web, mail boxes, file sharing, streaming); a tunnel
    that is as slow as the real thing, or opens a connection for every question; sources that do
    not tell the directions apart.

    False positives: zone transfers, walks over a large SNMP device, a resolver that asks another
    over one connection. Inside the network it is low; with the outside medium; high where the
    content was no such application at all and 20 MB passed.

    ATT&CK: T1048 Exfiltration Over Alternative Protocol, T1071 Application Layer Protocol, T1571
    Non-Standard Port.
    """

    reads: ClassVar[tuple[Table, ...]] = (VOLUME_OF_APPLICATION,)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1048", "T1071")

    times: float = 10.0
    """So many times the most that was learned, in the hour and in a connection, is far from it."""
    least_bytes: int = 2 * LEAST_BYTES
    """Less than this in an hour is told of no application."""
    large_bytes: int = 20_000_000
    """From here on it is high, where the content is not what the port claims."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a pair and port: the way that is furthest from what was learned."""
        volumes = tables[0]
        ways = pl.concat([self._far(volumes, way) for way in ("sent", "received")])
        key = ["window_start_ns", "site", "orig_h", "resp_h", "resp_p", "proto", "application"]
        outside = (pl.col("orig_in") != pl.col("resp_in")).fill_null(False)
        foreign = pl.col("recognised") == 0
        carried = bytes_text("carried_bytes")
        return (
            ways.sort("ratio", "way", descending=[True, False])
            .unique(key, keep="first", maintain_order=True)
            .with_columns(
                service=pl.col("application"),
                orig_role=pl.lit("unknown"),
                resp_role=pl.lit("unknown"),
                severity=severity(
                    (outside & foreign & (pl.col("carried_bytes") >= self.large_bytes), "high"),
                    (outside, "medium"),
                    otherwise="low",
                ),
                score=0.3 + 0.6 * saturating("ratio", 5 * self.times),
                confidence=pl.when(foreign).then(0.6).otherwise(0.45),
                because=sentence(
                    "{did}{network} in {connections} on {port}{foreign}; in an hour of "
                    "{application} the most that was learned is {most_bytes}.",
                    did=pl.when(pl.col("way") == "sent")
                    .then(sentence("{orig_h} sent {carried} to {resp_h}", carried=carried))
                    .otherwise(sentence("{orig_h} got {carried} from {resp_h}", carried=carried)),
                    network=network_text(),
                    connections=plural("connections", "connection"),
                    port=port_text(),
                    foreign=pl.when(foreign)
                    .then(sentence(", without being recognised as what the port is for"))
                    .otherwise(pl.lit("")),
                    application=pl.col("application").str.to_uppercase(),
                    most_bytes=bytes_text("most_bytes"),
                ),
            )
            .drop("application", "orig_in", "resp_in")
        )

    def _far(self, volumes: pl.LazyFrame, way: str) -> pl.LazyFrame:
        """Rows far above what was learned for this way."""
        ranges = learned().lazy().filter(pl.col("way") == way)
        columns = ("most_bytes", "most_bytes_each")
        rest = learned().filter((pl.col("way") == way) & (pl.col("application") == "*"))
        carried = pl.col(f"{way}_bytes")
        return (
            volumes.filter(pl.col("application").is_in(_bounded(way)))
            .join(ranges.select("application", *columns), on="application", how="left")
            .with_columns(
                *(pl.col(name).fill_null(rest[name][0]) for name in columns),
                way=pl.lit(way),
                carried_bytes=carried,
                bytes_each=share(carried, pl.col("connections").clip(lower_bound=1)).round(0),
            )
            .with_columns(
                ratio=pl.min_horizontal(
                    share("carried_bytes", "most_bytes"), share("bytes_each", "most_bytes_each")
                )
            )
            .filter((pl.col("carried_bytes") >= self.least_bytes) & (pl.col("ratio") >= self.times))
        )


def _bounded(way: str) -> list[str]:
    return [application for application, ways in BOUNDED.items() if way in ways]
