"""Squid's access log in its native form, with or without what administrators append."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import groups

MARK = r"^\d{9,10}\.\d{3}\s+-?\d+\s+\S+\s+[A-Z_]+/\d{3}\s+\d+\s+\S+\s"

LINE = (
    r"^(?<written>\d{9,10}\.\d{3})\s+(?<elapsed>-?\d+)\s+(?<orig_h>\S+)\s+(?<action>[A-Z_]+)"
    r"/(?<status>\d{3})\s+(?<resp_bytes>\d+)\s+(?<method>\S+)\s+(?<url>\S+)\s+(?<username>\S+)"
    r"\s+(?<hierarchy>[A-Z_]+)/(?<peer>\S+)"
)
URL = r"^(?:(?<scheme>[a-z][a-z0-9+.-]*)://)?(?:[^/@]*@)?(?<host>\[[0-9a-fA-F:.]+\]|[^/:?#]+)(?::(?<port>\d+))?"
SCHEME_PORTS = {"http": "80", "https": "443", "ftp": "21"}


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a request: from the client to the server that the proxy asked, where it is told."""
    rows = groups(lines["message"], LINE)
    url = groups(rows["url"], URL)
    address = r"^\[?(\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]+)\]?$"
    error = pl.col("url").str.starts_with("error:")
    host = pl.when(~error).then(url["host"])
    return rows.select(
        "written", "orig_h", "resp_bytes", "username", "action",
        duration_s=(pl.col("elapsed").cast(pl.Int64, strict=False).clip(0) / 1000).cast(pl.String),
        resp_h=pl.coalesce(
            pl.col("peer").str.extract(address, 1), host.str.extract(address, 1)
        ),
        resp_p=pl.when(~error).then(
            pl.coalesce(url["port"], url["scheme"].replace_strict(
                SCHEME_PORTS, default=None, return_dtype=pl.String))
        ),
        proto=pl.when(~error).then(pl.lit("tcp")),
        # What goes through a tunnel is not told.
        service=pl.when(~error & (pl.col("method") != "CONNECT")).then(url["scheme"]),
        domain=pl.when(~host.str.contains(address)).then(host),
        event_code="status",
        category="method",
        message=pl.when(error).then("url"),
        payload=pl.lit(value=True),
        vendor=pl.lit("squid"),
        product=pl.lit("squid"),
    )  # fmt: skip
