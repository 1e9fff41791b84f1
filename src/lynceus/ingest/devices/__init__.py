"""Log lines of firewalls, proxies, routers and clouds, one family of products a file.

A family is a module with `MARK`, a pattern that its lines match and no other's do, and
`read(lines)`: a frame with the columns of `lynceus.ingest.syslog` in, any of `ROW` out, one row a
line (or some, then with the column `line` that tells which). Rows are text as the device wrote it;
`device_log.py` makes flows and events of them. What a line does not say is null.
"""

from __future__ import annotations

from typing import Protocol

import polars as pl

from lynceus.ingest.devices import (
    aws_vpc,
    azure_flow,
    cef,
    checkpoint,
    cisco_asa,
    cisco_ios,
    cloudflare,
    fortinet,
    gcp_vpc,
    juniper,
    meraki,
    netfilter,
    paloalto,
    pf,
    sonicwall,
    sophos,
    squid,
    stormshield,
    umbrella,
    zscaler,
)
from lynceus.records import EVENT_SCHEMAS

__all__ = ["FAMILIES", "NESTED", "ROW", "SHAPES", "Claiming", "Family"]


class Family(Protocol):
    """One family of products."""

    MARK: str
    """What its lines match."""

    def read(self, lines: pl.DataFrame) -> pl.DataFrame:
        """The rows of its lines."""
        ...


class Claiming(Protocol):
    """A family that a pattern of the message alone does not tell."""

    def claims(self, lines: pl.DataFrame) -> pl.Series:
        """Which lines are its own; the column `text` holds the whole of each."""
        ...

    def read(self, lines: pl.DataFrame) -> pl.DataFrame:
        """The rows of its lines."""
        ...


FAMILIES: tuple[Family, ...] = (
    cef,
    cisco_asa,
    cisco_ios,
    paloalto,
    fortinet,
    checkpoint,
    sonicwall,
    juniper,
    netfilter,
    pf,
    meraki,
    squid,
    zscaler,
    aws_vpc,
    gcp_vpc,
    azure_flow,
    sophos,
    stormshield,
    cloudflare,
    umbrella,
)
"""In the order in which lines are shown to them."""

_TEXT = (
    "written", "tz", "start", "end",
    "orig_h", "orig_p", "resp_h", "resp_p", "proto", "service", "duration_s",
    "orig_bytes", "resp_bytes", "total_bytes", "orig_packets", "resp_packets", "total_packets",
    "orig_l2_addr", "resp_l2_addr", "conn",
    "vendor", "product", "sensor", "event_code", "action", "rule", "username", "hostname",
    "domain", "category", "severity", "message",
    "signature", "signature_id", "alert_id", "score", "attacker_h", "victim_h", "tactic",
)  # fmt: skip

COMMON = ("site", "uid", "ts_ns", "orig_h", "orig_p", "resp_h", "resp_p", "proto")

NESTED = ("login", "http", "dns", "process")
"""Tables of events of which a line may tell a row beside its own: columns `<table>_event`."""


def _own(table: str) -> dict[str, pl.DataType]:
    """The columns of a table that `ROW` does not have; what is logged in to is no service there."""
    return {
        name: dtype
        for name, dtype in EVENT_SCHEMAS[table].items()
        if name not in COMMON and (name not in _TEXT or (table, name) == ("login", "service"))
    }


SHAPES = {table: _own(table) for table in NESTED}

ROW: dict[str, pl.DataType] = {
    "line": pl.UInt32(),
    **dict.fromkeys(_TEXT, pl.String()),
    "techniques": pl.List(pl.String()),
    **dict.fromkeys(
        ("flow", "one_way", "packet", "syn", "payload", "own_login", "by_server"), pl.Boolean()
    ),
    **{f"{table}_event": pl.Struct(shape) for table, shape in SHAPES.items()},
}
"""What a family may tell of a line. `written`, `start` and `end` are dates or seconds, milli-,
micro- or nanoseconds since 1970, `tz` the zone of those without; `conn` is the device's own number
of the connection, by which its lines become one flow; `flow` whether the line tells of traffic
between its two ends (true where it says nothing), `one_way` whether of one direction, which another
line may answer, `packet` whether of one packet, `syn` whether that asks for a connection, and
`payload` whether bytes are those of the payload alone (else of whole packets). `own_login` is
whether a login it tells was to the device itself, `by_server` whether its responder is the server
that decided that login."""
