"""Cloudflare Gateway's network and HTTP records as Logpush writes them, JSON."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import json_fields

MARK = r'^\{.*"(?:DestinationIP|QueryName)"\s*:.*"(?:PolicyID|SourceIP)"\s*:'

JSON = {
    "written": "Datetime", "orig_h": ("SourceIP", "SrcIP"), "resp_h": ("DestinationIP", "DstIP"),
    "orig_p": ("SourcePort", "SrcPort"), "resp_p": ("DestinationPort", "DstPort"),
    "proto": ("Transport", "Protocol"), "conn": "SessionID", "hostname": "DeviceName",
    "username": ("Email", "UserID"), "domain": ("SNI", "HTTPHost", "QueryName"),
    "action": ("Action", "ResolverDecision"), "rule": ("PolicyName", "PolicyID"),
    "category": "ApplicationNames",
}  # fmt: skip


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a record."""
    return json_fields(lines["message"], JSON).with_columns(
        vendor=pl.lit("cloudflare"), product=pl.lit("gateway")
    )
