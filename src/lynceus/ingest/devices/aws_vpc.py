"""Amazon's VPC flow logs: the default form, version 5 with all fields, and as JSON."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import groups, json_fields

MARK = (
    r"^[2-9] (?:\d+|unknown) eni-[0-9a-f]+ (?:\S+ ){10}(?:OK|NODATA|SKIPDATA)\b|"
    r'^\{.*"interface[_-]id"\s*:\s*"eni-.*"srcaddr"'
)

LINE = (
    r"^\d+ (?<account>\S+) (?<hostname>\S+) (?<orig_h>\S+) (?<resp_h>\S+) (?<orig_p>\S+) "
    r"(?<resp_p>\S+) (?<proto>\S+) (?<orig_packets>\S+) (?<orig_bytes>\S+) (?<start>\S+) "
    r"(?<end>\S+) (?<action>\S+) (?<status>\S+)"
)
JSON = {
    "hostname": ("interface_id", "interface-id"), "orig_h": "srcaddr", "resp_h": "dstaddr",
    "orig_p": "srcport", "resp_p": "dstport", "proto": "protocol", "orig_packets": "packets",
    "orig_bytes": "bytes", "start": "start", "end": "end", "action": "action",
    "status": ("log_status", "log-status"), "account": ("account_id", "account-id"),
}  # fmt: skip


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a record: packets of one direction."""
    message = lines["message"]
    rows = groups(message, LINE)
    in_json = message.str.starts_with("{")
    if in_json.any():
        other = json_fields(message.zip_with(in_json, pl.Series(["{}"])), JSON)
        rows = rows.select(pl.col(name).fill_null(other[name]) for name in JSON)
    return rows.with_columns(
        written="start",
        event_code="status",
        one_way=pl.lit(value=True),
        sensor="hostname",
        vendor=pl.lit("amazon"),
        product=pl.lit("vpc_flow"),
    )
