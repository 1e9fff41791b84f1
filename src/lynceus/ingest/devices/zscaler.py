"""Zscaler's streams of web, firewall, DNS, tunnel and audit records as JSON."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import json_fields, known

MARK = r'^\{.*"sourcetype"\s*:\s*"zscaler|^\{.*"vendor"\s*:\s*"Zscaler"'

_KEYS = {
    "written": ("datetime", "time"),
    "orig_h": ("csip", "ClientIP", "cip", "clientip", "sourceip", "clientIP"),
    "outer_h": ("tsip", "clientpublicIP"),
    "resp_h": ("sdip", "cdip", "serverip", "sip", "destinationip", "resIP"),
    "orig_p": ("csport", "sourceport", "clientport"),
    "resp_p": ("cdport", "sdport", "destinationport"),
    "proto": ("proto",),
    "service": ("nwsvc", "protocol", "nwapp"),
    "orig_bytes": ("outbytes", "requestsize", "txbytes"),
    "resp_bytes": ("inbytes", "responsesize", "rxbytes"),
    "milliseconds": ("duration", "avgduration"),
    "username": ("user", "elogin", "login", "adminid"),
    "hostname": ("devicehostname",),
    "domain": ("hostname", "host", "reqdomain", "req"),
    "action": ("action", "respaction", "event"),
    "rule": ("rulelabel", "rule"),
    "category": ("urlcategory", "ipcat", "category", "tunneltype"),
    "threat": ("threatname", "threatcategory"),
    "threat_class": ("threatclass", "threatcat"),
    "risk": ("riskscore", "pagerisk"),
    "message": ("reason", "eventreason"),
    "event_code": ("eventid",),
}  # fmt: skip
COLUMNS = {
    name: tuple(f"{place}{key}" for key in keys for place in ("event.", ""))
    for name, keys in _KEYS.items()
} | {"product": ("sourcetype", "product")}

TRANSPORTS = ("TCP", "UDP", "ICMP", "GRE", "ESP")
WEB_PORTS = {"https": "443", "ssl": "443", "http": "80", "http_proxy": "80", "ftp": "21"}


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a record."""
    keys = {
        name: tuple(k for k in paths if k != "event") for name, paths in COLUMNS.items()
    }  # `event` is the object itself where records are wrapped
    rows = json_fields(lines["message"], keys)
    web = pl.col("product").str.contains("web")
    threat = known(pl.col("threat").str.replace_all(r"%20", " "))
    seconds = pl.col("milliseconds").cast(pl.Float64, strict=False) / 1000
    return rows.with_columns(
        pl.col(name).str.replace_all("%20", " ", literal=True)
        for name in ("username", "rule", "category", "message", "hostname", "domain")
    ).with_columns(
        proto=pl.coalesce(
            pl.when(pl.col("proto").str.to_uppercase().is_in(TRANSPORTS)).then("proto"),
            pl.when(web).then(pl.lit("tcp")),
        ),
        orig_h=pl.coalesce("orig_h", "outer_h"),
        duration_s=seconds.cast(pl.String),
        signature=threat,
        score=pl.when(threat.is_not_null()).then("risk"),
        product=pl.col("product").str.to_lowercase(),
        payload=web.fill_null(value=False),
        flow=pl.col("product").str.contains("web|fw|dns|firewall").fill_null(value=True),
        vendor=pl.lit("zscaler"),
    )  # fmt: skip
