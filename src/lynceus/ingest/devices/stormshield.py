"""Stormshield Network Security: `id=firewall time="..." fw="..." tz=+0100 ... logtype="filter"`."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import quoted_pairs, told

MARK = r'\btime="?\d{4}-\d\d-\d\d .*\bfw="?\S.*\btz=[+-]\d{4}\b.*\blogtype='

COLUMNS = {
    "written": "time", "start": "startime", "tz": "tz", "orig_h": ("src", "address"),
    "resp_h": "dst", "orig_p": "srcport", "resp_p": "dstport", "transport": "ipproto",
    "service": "proto", "duration_s": "duration", "orig_bytes": "sent", "resp_bytes": "rcvd",
    "orig_l2_addr": "srcmac", "sensor": "fw", "hostname": "srcname", "domain": "dstname",
    "username": "user", "action": "action", "rule": ("rulename", "ruleid"), "severity": "pri",
    "message": "msg", "kind": "logtype", "signature_id": "alarmid", "class": "class",
    "virus": "virus",
}  # fmt: skip

NO_MAC = "00:00:00:00:00:00"


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a line."""
    text = lines["message"].str.replace_all(
        r"\b(time|startime)=(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", '${1}="${2}"'
    )
    rows = told(quoted_pairs(text), COLUMNS)
    alarm = (pl.col("kind") == "alarm") & (pl.col("class") != "system")
    return rows.with_columns(
        proto=pl.coalesce("transport", "service"),
        orig_l2_addr=pl.col("orig_l2_addr").replace(NO_MAC, None),
        category="kind",
        event_code="signature_id",
        signature=pl.coalesce("virus", pl.when(alarm).then("message")),
        flow=pl.col("kind").is_in(["filter", "connection", "plugin", "alarm", "web"]),
        vendor=pl.lit("stormshield"),
        product=pl.lit("sns"),
    )
