"""Pulse (Ivanti) Connect Secure: a VPN gateway whose lines are `key=value` with a coded message."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.beside import nested
from lynceus.ingest.devices.fields import quoted_pairs
from lynceus.ingest.devices.fields import told as fields

MARK = r'\bvpn=\S+.*\bmsg="[A-Z]{3}\d{5}:'
WORKED = r"(?i)login succeeded|authentication successful|login by user .* succeeded"
FAILED = r"(?i)login failed|authentication failed|sign-in rejected|account .*locked"
TO = (
    r"(?i)(?:connect|trap|connection) to (?:host |peer: )?'?"
    r"((?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]*:[0-9A-Fa-f:]+)'?(?::(\d{1,5}))?"
)


FIELDS = {
    "written": "time",
    "orig_h": "src",
    "resp_h": "dst",
    "username": "user",
    "domainname": "realm",
    "sensor": "vpn",
    "action": "op",
    "orig_bytes": "sent",
    "resp_bytes": "rcvd",
    "domain": "dstname",
    "said": "msg",
}


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """Every line with its client; a login where one is decided."""
    said = pl.col("said")
    told = fields(quoted_pairs(lines["text"]), FIELDS).with_columns(
        lines["line"],
        event_code=said.str.extract(r"^([A-Z]{3}\d{5}):", 1),
        message=said.str.replace(r"^[A-Z]{3}\d{5}:\s*", ""),
    )
    text = pl.col("message")
    worked, failed = text.str.contains(WORKED), text.str.contains(FAILED)
    decided = worked | failed
    return told.with_columns(
        resp_h=pl.when(~decided).then(pl.coalesce("resp_h", text.str.extract(TO, 1))),
        resp_p=pl.when(~decided).then(text.str.extract(TO, 2)),
        rule=text.str.extract(r"policy '([^']+)'", 1),
        vendor=pl.lit("ivanti"),
        product=pl.lit("pulse_connect"),
        flow=pl.lit(value=False),
        hostname="sensor",
        login_event=nested(
            "login",
            decided,
            service=pl.lit("vpn"),
            domainname="domainname",
            success=worked & ~failed,
            reason=text.str.extract(r"(?i)reason:\s*(.+)$", 1),
            attempts=pl.lit(1),
        ),
    )
