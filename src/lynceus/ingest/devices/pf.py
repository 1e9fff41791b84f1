"""pfSense and OPNsense: the packet filter log (`filterlog`), CSV by IP version and protocol, and
who logs in to their web interface."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import csv_fields, groups

MARK = (
    r"^\d*,[^,]*,[^,]*,[^,]*,[^,]+,[\w-]+,"
    r"(?:pass|block|reject|scrub|nat|rdr|binat|match),(?:in|out|inout),[46],|"
    r"(?:authentication error for(?: user)?|Successful login for user) '[^']*' from:? [0-9a-fA-F]"
)
LOGIN = r"(?<username>[^']*)' from:? (?<orig_h>[0-9a-fA-F.:]*[0-9a-fA-F])"

HEAD = {"rule": 0, "tracker": 3, "reason": 5, "action": 6, "version": 8}
IPV4 = {"proto": 16, "total": 17, "src": 18, "dst": 19, "p1": 20, "p2": 21, "flags": 23}
IPV6 = {"proto": 12, "total": 14, "src": 15, "dst": 16, "p1": 17, "p2": 18, "flags": 20}


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a packet, or a login."""
    message = lines["message"]
    login = groups(message, LOGIN)
    packet = login["orig_h"].is_null()
    four, six = csv_fields(message, IPV4), csv_fields(message, IPV6)
    rows = csv_fields(message, HEAD)
    is_six = rows["version"] == "6"
    parts = {name: six[name].zip_with(is_six, four[name]) for name in IPV4}
    proto = parts["proto"].str.to_lowercase()
    ported = proto.is_in(["tcp", "udp", "sctp"])
    return rows.select(
        orig_h=parts["src"].fill_null(login["orig_h"]),
        username=login["username"],
        resp_h=parts["dst"],
        orig_p=pl.when(ported).then(parts["p1"]),
        resp_p=pl.when(ported).then(parts["p2"]),
        proto=proto,
        orig_bytes=parts["total"],
        orig_packets=pl.when(packet).then(pl.lit("1")),
        packet=packet,
        flow=packet,
        message=pl.when(~packet).then(message),
        syn=parts["flags"].str.contains("S") & ~parts["flags"].str.contains("A"),
        action="action",
        rule=pl.coalesce(pl.col("tracker").replace("0", None), "rule"),
        category="reason",
        vendor=pl.lit("pf"),
        product=pl.when(packet).then(pl.lit("filterlog")).otherwise(pl.lit("web interface")),
    )
