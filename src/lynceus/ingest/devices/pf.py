"""The packet filter log of pfSense and OPNsense (`filterlog`), CSV by IP version and protocol."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import csv_fields

MARK = (
    r"^\d*,[^,]*,[^,]*,[^,]*,[^,]+,[\w-]+,"
    r"(?:pass|block|reject|scrub|nat|rdr|binat|match),(?:in|out|inout),[46],"
)

HEAD = {"rule": 0, "tracker": 3, "reason": 5, "action": 6, "version": 8}
IPV4 = {"proto": 16, "total": 17, "src": 18, "dst": 19, "p1": 20, "p2": 21, "flags": 23}
IPV6 = {"proto": 12, "total": 14, "src": 15, "dst": 16, "p1": 17, "p2": 18, "flags": 20}


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a packet."""
    message = lines["message"]
    four, six = csv_fields(message, IPV4), csv_fields(message, IPV6)
    rows = csv_fields(message, HEAD)
    is_six = rows["version"] == "6"
    parts = {name: six[name].zip_with(is_six, four[name]) for name in IPV4}
    proto = parts["proto"].str.to_lowercase()
    ported = proto.is_in(["tcp", "udp", "sctp"])
    return rows.select(
        orig_h=parts["src"],
        resp_h=parts["dst"],
        orig_p=pl.when(ported).then(parts["p1"]),
        resp_p=pl.when(ported).then(parts["p2"]),
        proto=proto,
        orig_bytes=parts["total"],
        orig_packets=pl.lit("1"),
        packet=pl.lit(value=True),
        syn=parts["flags"].str.contains("S") & ~parts["flags"].str.contains("A"),
        action="action",
        rule=pl.coalesce(pl.col("tracker").replace("0", None), "rule"),
        category="reason",
        vendor=pl.lit("pf"),
        product=pl.lit("filterlog"),
    )
