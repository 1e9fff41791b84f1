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

__all__ = ["FAMILIES", "ROW", "Family"]


class Family(Protocol):
    """One family of products."""

    MARK: str
    """What its lines match."""

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
    "signature", "signature_id", "score", "attacker_h", "victim_h",
)  # fmt: skip

ROW: dict[str, pl.DataType] = {
    "line": pl.UInt32(),
    **dict.fromkeys(_TEXT, pl.String()),
    **dict.fromkeys(("flow", "one_way", "packet", "syn", "payload"), pl.Boolean()),
}
"""What a family may tell of a line. `written`, `start` and `end` are dates or seconds, milli-,
micro- or nanoseconds since 1970, `tz` the zone of those without; `conn` is the device's own number
of the connection, by which its lines become one flow; `flow` whether the line tells of traffic
between its two ends (true where it says nothing), `one_way` whether of one direction, which another
line may answer, `packet` whether of one packet, `syn` whether that asks for a connection, and
`payload` whether bytes are those of the payload alone (else of whole packets)."""
