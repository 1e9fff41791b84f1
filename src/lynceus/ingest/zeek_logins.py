"""Zeek's logs of services that decide logins: RADIUS, MySQL and remote screens (RFB, VNC)."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from lynceus.ingest.zeek_log import ENDS, Column, Log

RADIUS = Log(
    "radius",
    "login",
    (("connect_info", "result"), ("framed_addr", "result"), ("mac", "tunnel_client")),
    (
        Column("ts_ns", ("ts",), "time"),
        Column("source_uid", ("uid",)),
        Column("orig_h", ("tunnel_client",), "address"),
        Column("orig_hostname", ("mac",)),
        Column("resp_h", ("id.orig_h", "id_orig_h"), "address"),
        Column("username", ("username",)),
        Column("outcome", ("result",)),
        Column("reason", ("reply_msg",)),
    ),
    proto="udp",
    one_end=True,
)
"""The gateway asks for its users: it is what they log in to, not where they come from."""

MYSQL = Log(
    "mysql",
    "login",
    (("cmd", "arg", "success"), ("cmd", "arg", "response")),
    (
        *ENDS,
        Column("command", ("cmd",)),
        Column("username", ("arg",)),
        Column("success", ("success",), "flag"),
        Column("reason", ("response",)),
    ),
    proto="tcp",
)

RFB = Log(
    "rfb",
    "login",
    (("authentication_method", "auth"), ("client_major_version", "server_major_version")),
    (
        *ENDS,
        Column("method", ("authentication_method",), "lower"),
        Column("success", ("auth",), "flag"),
    ),
    proto="tcp",
)

LOGIN_LOGS = (RADIUS, MYSQL, RFB)

OUTCOMES = {"success": True, "failed": False}


def radius(rows: pl.DataFrame) -> pl.DataFrame:
    """Requests that were decided."""
    rows = _whole(rows, "outcome", "reason")
    decided = pl.col("outcome").replace_strict(OUTCOMES, default=None, return_dtype=pl.Boolean())
    return _logins(rows.with_columns(success=decided), "radius")


def mysql(rows: pl.DataFrame) -> pl.DataFrame:
    """Logins among the commands."""
    rows = _whole(rows, "command", "reason")
    return _logins(rows.filter(pl.col("command") == "login"), "mysql")


def rfb(rows: pl.DataFrame) -> pl.DataFrame:
    """Sessions in which a login was decided."""
    return _logins(_whole(rows, "reason"), "vnc")


GATHERED_LOGINS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "radius": radius, "mysql": mysql, "rfb": rfb,
}  # fmt: skip
"""By log: which of its rows are logins."""


def _logins(rows: pl.DataFrame, service: str) -> pl.DataFrame:
    if "success" not in rows.columns:
        return rows.clear()
    failed = ~pl.col("success")
    return rows.filter(pl.col("success").is_not_null()).with_columns(
        product=pl.lit("zeek"),
        service=pl.lit(service),
        attempts=pl.lit(1, pl.UInt32),
        reason=pl.when(failed).then("reason"),
    )


def _whole(rows: pl.DataFrame, *names: str) -> pl.DataFrame:
    lacking = [name for name in names if name not in rows.columns]
    return rows.with_columns(pl.lit(None, pl.String).alias(name) for name in lacking)
