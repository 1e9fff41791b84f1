"""Check Point's log exporter in its syslog form, and lines as the log viewer exports them."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import KEY, VALUE, groups, told

_WORD = r'"[^"]*"'
MARK = (
    r'\[(?:action|flags|ifdir|loguid|sequencenum|time|version|product):"[^"]*";.*\b'
    r'(?:src|origin|loguid):"|'
    rf'^\s*"\d+" "\d{{1,2}}[A-Z][a-z]{{2}}\d{{4}}" "[\d: ]+" {_WORD} {_WORD} "'
)

FIELD = r'[\w.]+:"(?:[^"\\]|\\.)*"'
_EXPORTED = (
    "number", "day", "clock", "interface", "sensor", "type", "action", "resp_p", "orig_p",
    "orig_h", "resp_h", "proto", "rule", "rule_name", "policy", "username", "rest",
)  # fmt: skip
EXPORT = r"^\s*" + r"\s+".join(rf'"(?<{name}>[^"]*)"' for name in _EXPORTED)
DATE = r"^(\d{1,2})([A-Z][a-z]{2})(\d{4})$"

COLUMNS = {
    "written": "time", "orig_h": "src", "resp_h": "dst", "orig_p": ("s_port", "sport_svc"),
    "resp_p": ("service", "svc"), "proto": "proto", "service": "service_id",
    "orig_bytes": ("client_outbound_bytes", "sent_bytes"),
    "resp_bytes": ("server_outbound_bytes", "received_bytes"), "total_bytes": "bytes",
    "orig_packets": "client_outbound_packets", "resp_packets": "server_outbound_packets",
    "total_packets": "packets", "duration_s": "elapsed", "action": ("action", "rule_action"),
    "rule": ("rule_name", "rule"), "username": ("src_user_name", "user"),
    "sensor": ("origin_sic_name", "originsicname", "origin"), "hostname": "src_machine_name",
    "domain": ("sni", "host", "dst_domain_name"), "category": ("product", "blade"),
    "severity": "severity", "signature_id": "protection_id", "icmp_type": "icmp_type",
    "icmp_code": "icmp_code", "message": ("attack_info", "reason", "message_info"),
    "detected": ("protection_name", "attack", "malware_action"), "score": "confidence_level",
}  # fmt: skip


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a line."""
    message = lines["structured_data"].fill_null("") + lines["message"]
    tokens = message.str.extract_all(FIELD).list.join(KEY)
    marked = (KEY + tokens + KEY).str.replace_all(rf'{KEY}([\w.]+):"', f"{KEY}${{1}}{VALUE}")
    rows = told(marked, COLUMNS).with_columns(
        pl.col("sensor").str.replace(r"^CN=([^,]+).*$", "${1}"),
        orig_p=pl.coalesce("orig_p", "icmp_type"),
        resp_p=pl.coalesce("resp_p", "icmp_code"),
        signature="detected",
    )
    export = groups(message, EXPORT)
    export = export.with_columns(
        written=pl.col("day").str.replace(DATE, "${1} ${2} ${3}") + " " + pl.col("clock"),
        rule=pl.coalesce("rule_name", "rule"),
    )
    return rows.with_columns(
        *(
            pl.col(name).fill_null(export[name])
            for name in ("written", "orig_h", "resp_h", "orig_p", "resp_p", "proto", "action",
                         "rule", "username", "sensor")
        ),
        vendor=pl.lit("checkpoint"),
        product=pl.coalesce("category", pl.lit("vpn-1 & firewall-1")).str.to_lowercase(),
    )  # fmt: skip
