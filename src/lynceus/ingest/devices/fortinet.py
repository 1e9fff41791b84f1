"""FortiGate and its relatives, `key=value` as they log without CEF."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import quoted_pairs, told

MARK = r'\b(?:devid|device_id|logid|log_id)="?\w.*\btype="?\w|\btype="?\w+"?,?\s?subtype="?\w'

COLUMNS = {
    "epoch": ("eventtime", "itime", "timestamp"),
    "date": "date",
    "time": "time",
    "tz": "tz",
    "orig_h": ("srcip", "src", "remip", "userip"),
    "orig_p": ("srcport", "src_port", "remport"),
    "resp_h": ("dstip", "dst", "locip"),
    "resp_p": ("dstport", "dst_port", "locport"),
    "proto": "proto",
    "service": ("service", "app"),
    "duration_s": "duration",
    "orig_bytes": ("sentbyte", "obytes"),
    "resp_bytes": ("rcvdbyte", "ibytes"),
    "orig_packets": "sentpkt",
    "resp_packets": "rcvdpkt",
    "orig_l2_addr": "srcmac",
    "resp_l2_addr": "dstmac",
    "conn": ("sessionid", "session_id"),
    "sensor": ("devname", "device_name", "devid", "device_id"),
    "hostname": ("srcname", "hostname"),
    "domain": ("hostname", "qname", "http_host"),
    "username": ("user", "unauthuser", "srcuser"),
    "action": "action",
    "rule": ("policyname", "policyid", "policy"),
    "event_code": ("logid", "log_id"),
    "type": "type",
    "subtype": "subtype",
    "ui": "ui",
    "attack": ("attack", "virus"),
    "signature_id": ("attackid", "virusid"),
    "severity": ("severity", "crlevel", "level", "pri"),
    "score": "crscore",
    "message": ("msg", "logdesc"),
}


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a line."""
    rows = told(quoted_pairs(lines["message"]), COLUMNS)
    kind = pl.col("subtype")
    return rows.with_columns(
        written=pl.coalesce("epoch", pl.concat_str("date", "time", separator=" ")),
        orig_h=pl.coalesce("orig_h", pl.col("ui").str.extract(r"\(([0-9a-fA-F.:]+)\)$", 1)),
        category=pl.concat_str("type", "subtype", separator=":", ignore_nulls=True),
        signature=pl.when((pl.col("type") == "anomaly") | kind.is_in(DETECTIONS)).then("attack"),
        flow=pl.col("type").is_in(["traffic", "utm", "anomaly", "dns"]),
        vendor=pl.lit("fortinet"),
        product=pl.lit("fortigate"),
    )


DETECTIONS = ("ips", "virus", "anomaly", "waf", "botnet")
"""Subtypes of log that tell of something detected."""
