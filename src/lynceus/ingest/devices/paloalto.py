"""Palo Alto Networks' firewalls: CSV by type of log, and JSON as the cloud service forwards it.

The CSV columns are those of the PAN-OS administrator's guide; versions add columns at the end, so
places hold for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lynceus.ingest.devices.fields import csv_fields, json_fields

KINDS = (
    "TRAFFIC|THREAT|SYSTEM|CONFIG|GLOBALPROTECT|USERID|HIPMATCH|DECRYPTION|AUTHENTICATION|AUTH|"
    "TUNNEL|SCTP|GTP|IPTAG|CORRELATION|URL"
)
MARK = (
    rf"^(?:\S+ )?\s*(?::\s*)?\d,[^,]*,[^,]*,(?:{KINDS}|HIP-MATCH|IP-TAG),|"
    r'^\{.*"LogType"\s*:\s*"[A-Z]+'
)

LEAD = r"^\s*(?:\S+ )?\s*(?::\s*)?(\d,)"
"""What relays leave before the first field."""

HEAD = {"received": 1, "serial": 2, "kind": 3, "subtype": 4, "generated": 6}
_SESSION = {
    "orig_h": 7, "resp_h": 8, "rule": 11, "username": 12, "to_user": 13, "service": 14, "conn": 22,
    "orig_p": 24, "resp_p": 25, "proto": 29, "action": 30,
}  # fmt: skip
TRAFFIC = {
    **_SESSION, "total_bytes": 31, "orig_bytes": 32, "resp_bytes": 33, "total_packets": 34,
    "begun": 35, "duration_s": 36, "orig_packets": 44, "resp_packets": 45, "message": 46,
    "sensor": 52,
}  # fmt: skip
THREAT = {
    **_SESSION, "domain": 31, "threat": 32, "category": 33, "severity": 34, "direction": 35,
    "sensor": 59,
}  # fmt: skip
SYSTEM = {"event_code": 8, "object": 9, "severity": 13, "message": 14, "sensor": 22}
CONFIG = {"orig_h": 7, "action": 9, "username": 10, "result": 12, "message": 13, "sensor": 21}
GLOBALPROTECT = {
    "action": 8, "event_code": 9, "username": 12, "hostname": 14, "public": 15, "error": 26,
    "message": 27, "sensor": 47,
}  # fmt: skip
USERID = {"orig_h": 8, "username": 9, "domain": 10, "orig_p": 14, "resp_p": 15, "sensor": 25}
HIPMATCH = {"username": 7, "sensor": 22, "hostname": 9, "orig_h": 11, "rule": 12}
DECRYPTION = {**_SESSION, "sensor": 83}
AUTHENTICATION = {
    "orig_h": 8, "username": 9, "rule": 12, "severity": 20, "action": 22, "sensor": 28,
}  # fmt: skip
LAYOUTS: Mapping[str, Mapping[str, int]] = {
    "TRAFFIC": TRAFFIC, "THREAT": THREAT, "URL": THREAT, "SYSTEM": SYSTEM, "CONFIG": CONFIG,
    "GLOBALPROTECT": GLOBALPROTECT, "USERID": USERID, "HIPMATCH": HIPMATCH,
    "HIP-MATCH": HIPMATCH, "DECRYPTION": DECRYPTION, "AUTHENTICATION": AUTHENTICATION,
    "AUTH": AUTHENTICATION,
}  # fmt: skip

JSON = {
    "kind": "LogType", "subtype": ("Subtype", "SubType"),
    "generated": ("TimeGenerated", "EventTime", "TimeGeneratedHighResolution"),
    "received": ("TimeReceived", "LogTime"), "serial": ("DeviceSN", "LogSourceID"),
    "orig_h": ("SourceAddress", "SourceIP", "PublicIPv4"),
    "resp_h": ("DestinationAddress", "DNSResolverIP"),
    "orig_p": "SourcePort", "resp_p": "DestinationPort", "proto": "Protocol",
    "service": "Application", "conn": "SessionID", "rule": ("Rule", "HipMatchName"),
    "username": ("SourceUser", "SourceUserName", "User"), "to_user": "DestinationUser",
    "action": ("Action", "EventStatus"), "total_bytes": "Bytes", "orig_bytes": "BytesSent",
    "resp_bytes": "BytesReceived", "total_packets": "PacketsTotal", "orig_packets": "PacketsSent",
    "resp_packets": "PacketsReceived", "begun": "SessionStartTime",
    "duration_s": ("SessionDuration", "TotalTimeElapsed"), "message": ("EventDescription",
    "SessionEndReason", "Description"), "sensor": ("DeviceName", "LogSourceName"),
    "hostname": ("EndpointDeviceName", "SourceDeviceHost"),
    "domain": ("URLDomain", "DNSName", "ServerNameIndication"),
    "threat": ("ThreatName", "ThreatID"),
    "category": "ThreatCategory", "severity": ("VendorSeverity", "Severity"),
    "direction": "DirectionOfAttack", "event_code": ("EventName", "EventID", "EventIDValue"),
}  # fmt: skip

NO_DETECTION = ("url", "file", "data", "dlp", "wildfire-virus-benign")
"""Subtypes of THREAT that tell of use, not of something detected."""

_ADDRESS = r"((?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]*:[0-9a-fA-F:]+)"
OF_USER = r"(?:for user|authenticating user|User(?:name)?:|by user) '?([^\s',]+)'?"
FROM = rf"(?i)\b(?:from|initiated by):? '?{_ADDRESS}"
OWN = rf"\bip {_ADDRESS}"
TO = rf"(?i)\bserver(?: address)?:? '?{_ADDRESS}|\bIP: {_ADDRESS} was"
"""What sentences of the system log say of users and addresses."""
EXACT = r",(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d)(?::?(\d\d))?"
"""The time of generation with its zone, which newer versions append."""
HOST = r"^(?:[a-z]+://)?([^/:]+)"
SHORT_DATE = r"^(\d{1,2})/(\d{1,2})/(\d{2}) (\d{1,2}:\d{2})$"


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a line."""
    whole = lines["message"].str.strip_chars_start()
    in_json = whole.str.starts_with("{")
    parts = [
        _rows(json_fields(whole.filter(in_json), JSON).with_columns(lines.filter(in_json)["line"]))
    ]
    csv = lines.filter(~in_json).with_columns(pl.col("message").str.replace(LEAD, "${1}"))
    text = csv["message"]
    exact = text.str.extract(EXACT, 1) + ":" + text.str.extract(EXACT, 2).fill_null("00")
    head = csv_fields(text, HEAD).with_columns(csv["line"], text.alias("text"), exact=exact)
    for layout, kinds in _by_layout().items():
        own = head.filter(pl.col("kind").is_in(kinds))
        more = csv_fields(own["text"], LAYOUTS[layout])
        parts.append(_rows(pl.concat([own.drop("text"), more], how="horizontal")))
    rest = head.filter(~pl.col("kind").is_in(list(LAYOUTS)))
    parts.append(_rows(rest.drop("text")))
    return pl.concat(parts, how="diagonal").sort("line")


def _by_layout() -> dict[str, list[str]]:
    """Of each layout one name, and all that share it."""
    found: dict[str, list[str]] = {}
    for kind, layout in LAYOUTS.items():
        first = next(name for name, other in LAYOUTS.items() if other is layout)
        found.setdefault(first, []).append(kind)
    return found


def _rows(told: pl.DataFrame) -> pl.DataFrame:
    names = {**JSON, **GLOBALPROTECT, "exact": None, "begun": None}
    absent = [name for name in names if name not in told.columns]
    rows = told.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    threat = (pl.col("kind") == "THREAT") & ~pl.col("subtype").is_in(NO_DETECTION)
    said = pl.when(pl.col("kind") == "SYSTEM").then("message")
    name = pl.col("threat").str.replace(r"\((\d+)\)$", "")
    to_client = pl.col("direction").str.replace_all(" ", "-") == "server-to-client"
    return rows.with_columns(
        written=pl.coalesce("exact", _dated(pl.coalesce("generated", "received"))),
        orig_h=pl.coalesce("orig_h", "public", said.str.extract(FROM, 1), said.str.extract(OWN, 1)),
        resp_h=pl.coalesce("resp_h", said.str.extract(TO, 1), said.str.extract(TO, 2)),
        username=pl.coalesce(
            pl.col("username").str.replace(r"^x-fwd-for: .*$", ""),
            said.str.extract(OF_USER, 1), "to_user",
        ).replace("", None),
        sensor=pl.coalesce("sensor", "serial"),
        start="begun",
        domain=pl.when(~(pl.col("kind") == "THREAT") | (pl.col("subtype") == "url"))
        .then(pl.col("domain").str.extract(HOST, 1)),
        category=pl.concat_str(pl.col("kind").str.to_lowercase(), "subtype", separator=":",
                               ignore_nulls=True),
        signature=pl.when(threat).then(name),
        signature_id=pl.when(threat).then(pl.col("threat").str.extract(r"\((\d+)\)$", 1)),
        action=pl.coalesce("action", pl.when(pl.col("kind") == "SYSTEM").then("event_code")),
        # The threat was in what the server sent: it is the one that attacks.
        attacker_h=pl.when(threat).then(pl.when(to_client).then("resp_h").otherwise("orig_h")),
        victim_h=pl.when(threat).then(pl.when(to_client).then("orig_h").otherwise("resp_h")),
        flow=pl.col("kind").is_in(["TRAFFIC", "THREAT", "URL", "DECRYPTION"]),
        vendor=pl.lit("paloalto"),
        product=pl.lit("pan-os"),
    )  # fmt: skip


def _dated(written: pl.Expr) -> pl.Expr:
    """`9/16/19 10:00`, as spreadsheets leave dates, in full; others as they are."""
    return written.str.replace(SHORT_DATE, "20${3}/${1}/${2} ${4}:00")
