"""Cylance (BlackBerry): threats and detections of its API in JSON, and its syslog lines of
`Event Type: Threat, Event Name: threat_found, Device Name: ...`."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.beside import objects
from lynceus.ingest.devices.fields import colon_pairs
from lynceus.ingest.devices.fields import told as fields
from lynceus.ingest.json_structs import structs

TEXT = pl.String()
MARK = (
    r"Event Type: [A-Za-z ]+, Event Name: [^,]+, "
    r'|"cylance_score"\s*:|"(?:DetectionDescription|PhoneticId)"\s*:'
)
LINE = r"Event Type: [A-Za-z ]+, Event Name: "
OWN_CARE = ("AuditLog", "Device", "Audit Log")
"""Event types that tell of the console and its devices, not of a threat."""

_DEVICE = pl.Struct({"Name": TEXT, "CylanceId": TEXT, "DeviceName": TEXT})
SHAPE: dict[str, pl.DataType] = {
    **dict.fromkeys(
        ("Id", "PhoneticId", "DetectionDescription", "Severity", "Status", "OccurrenceTime",
         "ActivationTime", "ReceivedTime", "DetectorId", "Description", "name", "sha256",
         "classification", "sub_classification", "cylance_score", "file_status", "date_found",
         "last_found", "file_path", "device_name", "ip_address", "detected_by"), TEXT),
    "Device": _DEVICE,
    "ip_addresses": pl.List(TEXT),
}  # fmt: skip


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One alert a line; what the console tells of itself and its devices is none."""
    written = lines["text"].str.contains(LINE)
    told = pl.concat(
        [_api(lines.filter(~written)), _syslog(lines.filter(written))],
        how="diagonal_relaxed",
        rechunk=True,
    )
    return told.with_columns(
        vendor=pl.lit("cylance"), product=pl.lit("cylance"), flow=pl.lit(value=False)
    )


def _api(lines: pl.DataFrame) -> pl.DataFrame:
    told = structs(objects(lines), SHAPE)[0]
    kind = pl.concat_str("classification", "sub_classification", separator=" - ", ignore_nulls=True)
    return told.select(
        lines["line"],
        written=pl.coalesce(
            "OccurrenceTime", "ActivationTime", "ReceivedTime", "last_found", "date_found"
        ),
        orig_h=pl.coalesce("ip_address", pl.col("ip_addresses").list.first()),
        alert_id=pl.coalesce("PhoneticId", "Id", "sha256"),
        signature=pl.coalesce(
            "DetectionDescription", "Description", kind.replace("", None), "name"
        ),
        signature_id="DetectorId",
        category="classification",
        severity="Severity",
        score="cylance_score",
        action=pl.coalesce("Status", "file_status"),
        hostname=pl.coalesce(
            pl.col("Device").struct.field("Name"),
            pl.col("Device").struct.field("DeviceName"),
            "device_name",
        ),
        message=pl.coalesce("file_path", "name"),
    )


def _syslog(lines: pl.DataFrame) -> pl.DataFrame:
    told = fields(colon_pairs(lines["text"].str.extract(SAID, 1).fill_null(""), ","), FIELDS)
    threat = ~pl.col("category").is_in(OWN_CARE).fill_null(value=False)
    clock = pl.col("written").str.extract_groups(AMERICAN).struct
    half = pl.when(clock.field("half") == "PM").then(12).otherwise(0)
    hour = clock.field("hour").cast(pl.Int32, strict=False) % 12 + half
    dated = pl.format(
        "{}-{}-{} {}:{}", *(clock.field(name) for name in ("year", "month", "day")), hour,
        clock.field("rest"),
    )  # fmt: skip
    return told.with_columns(
        lines["line"],
        written=pl.coalesce(dated, "written"),
        orig_h=pl.col("orig_h").str.extract(r"([0-9A-Fa-f.:]+)", 1),
        signature=pl.when(threat).then(pl.coalesce("kind", "description", "signature_id")),
    ).drop("kind", "description")


SAID = r"(Event Type: .*)$"
AMERICAN = (
    r"^(?<month>\d{1,2})/(?<day>\d{1,2})/(?<year>\d{4}) (?<hour>\d{1,2}):"
    r"(?<rest>\d{2}:\d{2}) (?<half>[AP]M)"
)
"""How it writes dates."""

FIELDS = {
    "category": "Event Type",
    "signature_id": "Event Name",
    "written": ("Event Timestamp", "Found Date", "Logged At", "Event Received Time"),
    "orig_h": ("Source IP", "IP Address", "Device IP", "IP"),
    "resp_h": ("Destination IP", "Target IP"),
    "orig_p": "Source Port",
    "resp_p": "Destination Port",
    "alert_id": ("Event Id", "SHA256"),
    "kind": ("Threat Classification", "Violation Type"),
    "description": "Description",
    "severity": "Severity",
    "score": "Cylance Score",
    "action": ("Action", "Status"),
    "username": ("User Name", "User", "Instigating Process Owner"),
    "hostname": "Device Name",
    "message": ("File Name", "Process Name", "Instigating Process Name"),
}
