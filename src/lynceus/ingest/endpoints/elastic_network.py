"""Network events in the Elastic Common Schema that name no process: Filebeat's modules (Zeek,
Suricata, NetFlow), Packetbeat, Elastic's integrations."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.beside import nested, objects
from lynceus.ingest.devices.fields import json_fields

MARK = r'"@timestamp"\s*:.*"destination"\s*:\s*\{|"destination"\s*:\s*\{.*"@timestamp"\s*:'

COLUMNS = {
    "at": "@timestamp",
    "start": "event.start",
    "end": "event.end",
    "lasted_ns": "event.duration",
    "orig_h": ("source.ip", "source.address"),
    "orig_p": "source.port",
    "resp_h": ("destination.ip", "destination.address"),
    "resp_p": "destination.port",
    "orig_bytes": "source.bytes",
    "resp_bytes": "destination.bytes",
    "orig_packets": "source.packets",
    "resp_packets": "destination.packets",
    "orig_l2_addr": "source.mac",
    "resp_l2_addr": "destination.mac",
    "proto": ("network.transport", "network.iana_number"),
    "service": ("network.protocol", "network.application"),
    "conn": ("zeek.session_id", "suricata.eve.flow_id"),
    "sensor": ("observer.name", "observer.hostname", "host.name", "agent.name"),
    "module": ("event.module", "agent.type"),
    "kind": "event.kind",
    "event_code": "event.dataset",
    "action": "event.action",
    "username": "user.name",
    "query": "dns.question.name",
    "qtype": "dns.question.type",
    "rcode": "dns.response_code",
    "method": "http.request.method",
    "uri": ("url.original", "url.path"),
    "host": ("url.domain", "destination.domain"),
    "user_agent": "user_agent.original",
    "status_code": "http.response.status_code",
    "response_body_bytes": "http.response.body.bytes",
    "rule_name": ("rule.name", "suricata.eve.alert.signature"),
    "rule_id": ("rule.id", "suricata.eve.alert.signature_id"),
    "category": ("rule.category", "suricata.eve.alert.category"),
    "severity": "event.severity",
}

COUNTS = ("orig_bytes", "resp_bytes", "orig_packets", "resp_packets")


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row an event: a flow where it counts bytes or packets and is of no single request."""
    told = json_fields(objects(lines), COLUMNS)
    asked, called = pl.col("query").is_not_null(), pl.col("method").is_not_null()
    alert = (pl.col("kind") == "alert").fill_null(value=False)
    counted = pl.any_horizontal(pl.col(name).is_not_null() for name in COUNTS)
    flow = counted & ~asked & ~called & ~alert
    lasted_s = pl.col("lasted_ns").cast(pl.Float64, strict=False) / 1e9
    return told.with_columns(
        lines["line"],
        flow=flow,
        # A flow is dated by its begin, where it tells no other; all else by when it happened.
        start=pl.when(flow).then(pl.coalesce("start", pl.when(pl.col("end").is_null()).then("at"))),
        written=pl.when(~flow).then("at"),
        duration_s=lasted_s.cast(pl.String),
        conn=pl.when(flow).then("conn"),
        vendor=pl.lit("elastic"),
        product=pl.coalesce("module", pl.lit("elastic_agent")),
        signature=pl.when(alert).then("rule_name"),
        signature_id=pl.when(alert).then("rule_id"),
        dns_event=nested(
            "dns",
            asked & pl.col("orig_h").is_not_null(),
            query=pl.col("query").str.to_lowercase().str.strip_chars_end("."),
            qtype="qtype",
            rcode="rcode",
        ),
        http_event=nested(
            "http",
            called & pl.col("orig_h").is_not_null(),
            method=pl.col("method").str.to_uppercase(),
            uri="uri",
            host=pl.col("host").str.to_lowercase(),
            user_agent="user_agent",
            status_code="status_code",
            response_body_bytes="response_body_bytes",
        ),
    )
