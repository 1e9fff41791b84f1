"""What a table offers to a detection of the user's: its columns, their types and other names."""

from __future__ import annotations

import difflib
from functools import lru_cache

import polars as pl

from lynceus.engine import SCHEMAS
from lynceus.enrich.facts import with_facts
from lynceus.features.flow import with_row_features

ENDS = {
    "id.orig_h": "orig_h", "id.orig_p": "orig_p", "id.resp_h": "resp_h", "id.resp_p": "resp_p",
    "src_ip": "orig_h", "source_ip": "orig_h", "sourceip": "orig_h", "c-ip": "orig_h",
    "src_port": "orig_p", "sourceport": "orig_p", "source_port": "orig_p",
    "dst_ip": "resp_h", "dest_ip": "resp_h", "destination_ip": "resp_h", "destinationip": "resp_h",
    "s-ip": "resp_h", "r-ip": "resp_h", "dst_port": "resp_p", "dest_port": "resp_p",
    "destinationport": "resp_p", "destination_port": "resp_p", "s-port": "resp_p",
    "protocol": "proto",
}  # fmt: skip
"""Other names of the ends of a row."""

ALIASES: dict[str, dict[str, str]] = {
    "flows": {
        "orig_pkts": "orig_packets", "resp_pkts": "resp_packets", "duration": "duration_s",
        "bytes_out": "orig_bytes", "bytes_in": "resp_bytes", "mac": "orig_l2_addr",
    },
    "dns": {
        "qtype_name": "qtype", "rcode_name": "rcode", "record_type": "qtype", "answer": "answers",
        "queryname": "query", "rtt": "rtt_s", "ttls": "ttls_s",
    },
    "http": {
        "c-uri": "uri", "cs-uri": "uri", "cs-uri-query": "uri", "cs-host": "host", "r-dns": "host",
        "c-useragent": "user_agent", "cs-useragent": "user_agent", "cs-user-agent": "user_agent",
        "cs-method": "method", "sc-status": "status_code", "cs-referrer": "referrer",
        "cs-referer": "referrer", "referer": "referrer", "cs-username": "username",
        "request_body_len": "request_body_bytes", "response_body_len": "response_body_bytes",
    },
    "tls": {"next_protocol": "alpn", "sni": "server_name", "certificate.subject": "subject",
            "certificate.issuer": "issuer"},
    "kerberos": {"from": "client"},
}  # fmt: skip
"""Other names of columns, as Zeek and Sigma's own taxonomy write them."""


@lru_cache(maxsize=64)
def of_table(table: str) -> pl.Schema:
    """All columns of a table as a detection sees them: told, worked out and known."""
    rows = pl.DataFrame(schema=SCHEMAS[table])
    return with_row_features(table, with_facts(table, rows, [])).schema


def column(table: str, field: str) -> str | None:
    """The column that a field means; None where there is none."""
    low = field.lower()
    for name in (field, low, ALIASES.get(table, {}).get(low), ENDS.get(low)):
        if name in of_table(table):
            return name
    return None


def nearest(table: str, field: str) -> str:
    """` (did you mean uri?)`, or nothing."""
    names = [*of_table(table), *ALIASES.get(table, {})]
    close = difflib.get_close_matches(field.lower(), names, n=1)
    return f" (did you mean {close[0]}?)" if close else ""
