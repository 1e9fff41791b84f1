"""Google Cloud's VPC flow logs, JSON entries of Cloud Logging."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import json_fields

MARK = r'^\{.*"connection"\s*:\s*\{[^}]*"(?:src|dest)_ip"'

JSON = {
    "orig_h": "jsonPayload.connection.src_ip",
    "resp_h": "jsonPayload.connection.dest_ip",
    "orig_p": "jsonPayload.connection.src_port",
    "resp_p": "jsonPayload.connection.dest_port",
    "proto": "jsonPayload.connection.protocol",
    "orig_bytes": "jsonPayload.bytes_sent",
    "orig_packets": "jsonPayload.packets_sent",
    "start": "jsonPayload.start_time",
    "end": "jsonPayload.end_time",
    "written": "timestamp",
    "reporter": "jsonPayload.reporter",
    "from_vm": "jsonPayload.src_instance.vm_name",
    "to_vm": "jsonPayload.dest_instance.vm_name",
    "action": "jsonPayload.disposition",
    "rule": "jsonPayload.rule_details.reference",
}


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a record: packets of one direction."""
    rows = json_fields(lines["message"], JSON)
    # Both directions are told apart, so what one record counts is all of its flow.
    own = pl.when(pl.col("reporter") == "SRC").then("from_vm").otherwise("to_vm")
    return rows.with_columns(
        hostname=pl.coalesce(own, "from_vm", "to_vm"),
        action=pl.col("action").str.to_lowercase(),
        sensor=pl.coalesce(own, "from_vm", "to_vm"),
        one_way=pl.lit(value=True),
        total_bytes="orig_bytes",
        total_packets="orig_packets",
        vendor=pl.lit("google"),
        product=pl.lit("vpc_flow"),
    )
