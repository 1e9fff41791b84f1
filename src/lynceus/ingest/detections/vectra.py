"""Vectra: detections, host and account scores and campaigns, as its syslog and API give them in
JSON."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.beside import objects
from lynceus.ingest.json_structs import structs

TEXT = pl.String()
TEXTS = pl.List(TEXT)
MARK = (
    r'"(?:d_type_vname|d_type|campaign_name|quadrant|account_uid)"\s*:'
    r'|"headend_addr"\s*:|"vectra_timestamp"\s*:'
)
_DETAIL = dict.fromkeys(
    ("dst_ip", "dst_port", "dst_dns", "bytes_sent", "bytes_received", "protocol"), TEXT
)
SHAPE: dict[str, pl.DataType] = {
    **dict.fromkeys(
        ("detection_id", "category", "severity", "threat", "certainty", "d_type", "d_type_vname",
         "detection_type", "type", "headend_addr", "dvchost", "dd_dst_ip", "dd_dst_port",
         "dd_dst_dns", "dd_bytes_sent", "dd_bytes_rcvd", "dd_proto", "host_name", "host_ip",
         "host_id", "account_uid", "entity_uid", "vectra_timestamp", "event_timestamp",
         "timestamp", "src_ip", "src_name", "dest_ip", "dest_name", "campaign_name",
         "campaign_id", "action", "reason", "quadrant", "last_detection_type", "user",
         "result", "source_ip", "message"), TEXT),
    "mitre": TEXTS,
    "detail": pl.Struct({**_DETAIL, "session": pl.Struct(_DETAIL)}),
}  # fmt: skip

TACTICS = {
    "command and control": "command-and-control", "reconnaissance": "discovery",
    "lateral movement": "lateral-movement", "exfiltration": "exfiltration",
    "botnet activity": "impact",
}  # fmt: skip
"""Its categories and the tactic they mean: its reconnaissance is that of hosts inside."""

SCORES = r"^(?i)(?:host|account)[ _](?:scoring|lockdown)$|^(?i)info$"


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One alert a line that tells a detection; an entry of the audit log tells who did what."""
    told = structs(objects(lines), SHAPE)[0]
    detail = pl.col("detail").struct
    session = detail.field("session").struct

    def of_detail(name: str) -> pl.Expr:
        return pl.coalesce(detail.field(name), session.field(name))

    audit = pl.col("user").is_not_null() & pl.col("result").is_not_null()
    category = pl.col("category").str.replace_all("_", " ").str.replace("&", "and", literal=True)
    scored = category.str.contains(SCORES)
    tenth = (pl.col("threat").cast(pl.Float64, strict=False) / 10).cast(pl.String)
    return told.select(
        lines["line"],
        written=pl.coalesce("vectra_timestamp", "event_timestamp", "timestamp"),
        orig_h=pl.coalesce(
            "host_ip", "src_ip", "source_ip", pl.col("entity_uid").str.extract(r"^IP-(.+)$", 1)
        ),
        resp_h=pl.coalesce("dd_dst_ip", "dest_ip", of_detail("dst_ip")),
        resp_p=pl.coalesce("dd_dst_port", of_detail("dst_port")),
        proto=pl.coalesce("dd_proto", of_detail("protocol")),
        orig_bytes=pl.coalesce("dd_bytes_sent", of_detail("bytes_sent")),
        resp_bytes=pl.coalesce("dd_bytes_rcvd", of_detail("bytes_received")),
        sensor=pl.coalesce("dvchost", "headend_addr"),
        alert_id=pl.coalesce("detection_id", "campaign_id"),
        signature=pl.when(~audit).then(pl.coalesce(
            "d_type_vname", "detection_type", "campaign_name", "last_detection_type",
            pl.when(scored).then("category"),
        )),
        signature_id="d_type",
        category="category",
        event_code=pl.coalesce("type", "d_type"),
        severity=pl.coalesce("quadrant", "severity", tenth),
        score="threat",
        action=pl.coalesce("action", "category"),
        username=pl.coalesce(
            "account_uid", "user", pl.when(pl.col("type") == "account").then("entity_uid")
        ),
        hostname=pl.coalesce("host_name", "src_name"),
        domain=pl.coalesce("dd_dst_dns", "dest_name", of_detail("dst_dns")),
        message=pl.coalesce("reason", "message"),
        tactic=category.str.to_lowercase().replace_strict(
            TACTICS, default=None, return_dtype=pl.String()
        ),
        techniques="mitre",
        vendor=pl.lit("vectra"),
        product=pl.lit("vectra"),
        flow=pl.lit(value=False),
    )  # fmt: skip
