"""Network events of agents that speak the Elastic Common Schema: Elastic's endpoint, Auditbeat."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.beside import nested, objects
from lynceus.ingest.devices.fields import json_fields

MARK = (
    r'"process"\s*:\s*\{.*"(?:destination|dns)"\s*:\s*\{|"(?:destination|dns)"\s*:\s*\{.*"process"\s*:\s*\{'
    r'|"destination\.ip"\s*:.*"process\.|"process\..*"destination\.ip"\s*:'
)
COLUMNS = {
    "written": ("@timestamp", "event.created", "timestamp"),
    "start": "event.start",
    "end": "event.end",
    "orig_h": "source.ip",
    "orig_p": "source.port",
    "resp_h": "destination.ip",
    "resp_p": "destination.port",
    "orig_bytes": "source.bytes",
    "resp_bytes": "destination.bytes",
    "orig_packets": "source.packets",
    "resp_packets": "destination.packets",
    "proto": ("network.transport", "network.iana_number"),
    "service": "network.protocol",
    "direction": "network.direction",
    "action": "event.action",
    "hostname": ("host.hostname", "host.name"),
    "sensor": "agent.name",
    "module": ("event.module", "agent.type"),
    "name": "process.name",
    "path": "process.executable",
    "pid": "process.pid",
    "guid": "process.entity_id",
    "command_line": "process.command_line",
    "user": "user.name",
    "user_domain": "user.domain",
    "query": "dns.question.name",
    "qtype": "dns.question.type",
    "rcode": "dns.response_code",
    "domain": "destination.domain",
}
INWARD = ("ingress", "inbound", "incoming")


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row an event. The events of one connection share the number of their process."""
    told = json_fields(objects(lines), COLUMNS)
    direction = pl.col("direction").str.to_lowercase()
    asked = pl.col("query").is_not_null()
    return told.with_columns(
        lines["line"],
        conn=pl.when(~asked).then("guid"),
        username=pl.concat_str("user_domain", "user", separator="\\", ignore_nulls=True).replace(
            "", None
        ),
        vendor=pl.lit("elastic"),
        product=pl.when(pl.col("module") == "endpoint").then(pl.lit("elastic_endpoint")).otherwise(
            pl.coalesce("module", pl.lit("elastic_agent"))
        ),
        flow=~asked,
        process_event=nested(
            "process",
            ~asked & pl.col("resp_h").is_not_null(),
            process_name=pl.coalesce("name", pl.col("path").str.extract(r"([^\\/]+)$", 1)),
            process_path="path",
            pid="pid",
            process_guid="guid",
            command_line="command_line",
            initiated=pl.when(direction.is_not_null()).then(~direction.is_in(INWARD)),
        ),
        dns_event=nested(
            "dns",
            asked & pl.col("orig_h").is_not_null(),
            query=pl.col("query").str.to_lowercase().str.strip_chars_end("."),
            qtype="qtype",
            rcode="rcode",
        ),
    )  # fmt: skip
