"""Access logs of web servers: common, combined and virtual-host forms of Apache and nginx, and
nginx' own JSON."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.beside import nested, nothing_but, objects
from lynceus.ingest.devices.fields import json_fields

STAMP = r"\[(\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4})\]"
QUOTED = r'"((?:[^"\\]|\\.)*)"'
TAIL = rf"{STAMP} (?:\"-\" )?{QUOTED} (\d{{3}}) (\d+|-)(?: \d+)?(?: {QUOTED} {QUOTED})?(.*)$"
"""Time, request, status, bytes; referrer and user agent in the combined form; what else follows."""
LINE = rf"^\s*(\S.*?) {TAIL}"
REQUEST = r"^([A-Za-z][A-Za-z_-]{1,31}) (.*?)(?: HTTP/(\d+(?:\.\d+)?))?$"
JSON = (
    r'"remote_addr"\s*:.*"(?:status|response_status)"\s*:'
    r'|"(?:status|response_status)"\s*:.*"remote_addr"\s*:'
)
_ADDRESS = r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\]?)"
PORT_AFTER = r"^(\[[^\]]+\]|[^:]+):(\d{1,5})$"
HOSTED = rf"^(\S+) ({_ADDRESS}|[A-Za-z0-9-]+\.[A-Za-z0-9.-]+)(?: \([^)]*\))? (\S+) (\S.*)$"
"""Who asked, before the time: client, ident and user; a virtual host before them."""

FIELDS = {
    "written": ("time_iso8601", "@timestamp", "timestamp", "time_local", "msec"),
    "orig_h": "remote_addr",
    "orig_p": "remote_port",
    "username": "remote_user",
    "server_h": "server_addr",
    "server_p": "server_port",
    "upstream": "upstream_addr",
    "domain": ("http_host", "host", "server_name"),
    "request": "request",
    "method": "request_method",
    "uri": ("request_uri", "uri"),
    "protocol": "server_protocol",
    "status_code": ("status", "response_status"),
    "response_body_bytes": ("body_bytes_sent", "bytes_sent"),
    "referrer": ("http_referer", "http_referrer"),
    "user_agent": "http_user_agent",
    "response_mime_type": "sent_http_content_type",
    "duration_s": "request_time",
}
"""Names that administrators give to what nginx knows, nearly always those of its variables."""


def claims(lines: pl.DataFrame) -> pl.Series:
    """Which lines are access records."""
    text = pl.col("message")
    return lines.select(claimed=text.str.contains(LINE) | text.str.contains(JSON))["claimed"]


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One HTTP request a line. Whom basic authentication turned away failed to log in."""
    is_json = lines["message"].str.contains(JSON)
    told = pl.concat(
        [_written(lines.filter(~is_json)), _json(lines.filter(is_json))],
        how="diagonal_relaxed",
        rechunk=True,
    )
    request, program = pl.col("request"), pl.col("app_name").str.to_lowercase()
    told = told.with_columns(
        method=request.str.extract(REQUEST, 1),
        uri=pl.when(request.str.contains(REQUEST)).then(request.str.extract(REQUEST, 2)).otherwise(
            nothing_but(request)
        ),
        version=request.str.extract(REQUEST, 3),
    )  # fmt: skip
    refused = (pl.col("status_code") == "401") & pl.col("username").is_not_null()
    return told.with_columns(
        http_event=nested(
            "http", pl.col("status_code").is_not_null(),
            **{name: name for name in HTTP if name in told.columns}, host="domain",
        ),
        login_event=nested(
            "login", refused, service=pl.lit("http"), method=pl.lit("basic"),
            success=pl.lit(value=False), reason=pl.lit("status 401"), attempts=pl.lit(1),
        ),
        hostname=pl.coalesce("domain", "hostname"),
        action="method",
        resp_bytes="response_body_bytes",
        proto=pl.lit("tcp"),
        service=pl.lit("http"),
        product=pl.when(program.str.contains("nginx|apache|httpd|caddy")).then(program).otherwise(
            pl.lit("web_server")
        ),
    )  # fmt: skip


HTTP = ("method", "uri", "version", "referrer", "user_agent", "status_code",
        "response_body_bytes", "response_mime_type")  # fmt: skip


def _written(lines: pl.DataFrame) -> pl.DataFrame:
    text = pl.col("message")
    parts = lines.with_columns(
        before=text.str.extract(LINE, 1),
        # The colon between day and hour would pass for that of the clock.
        written=text.str.extract(LINE, 2).str.replace(":", " "),
        request=text.str.extract(LINE, 3),
        status_code=text.str.extract(LINE, 4),
        response_body_bytes=nothing_but(text.str.extract(LINE, 5)),
        referrer=nothing_but(text.str.extract(LINE, 6)),
        user_agent=nothing_but(text.str.extract(LINE, 7)),
    )
    before = pl.col("before")
    hosted = before.str.contains(HOSTED)
    vhost = nothing_but(pl.when(hosted).then(before.str.extract(HOSTED, 1)))
    return parts.with_columns(
        domain=vhost.str.replace(PORT_AFTER, "${1}").str.to_lowercase(),
        resp_h=vhost.str.replace(PORT_AFTER, "${1}"),
        resp_p=vhost.str.extract(PORT_AFTER, 2),
        orig_h=pl.when(hosted).then(before.str.extract(HOSTED, 2)).otherwise(
            before.str.extract(r"^(\S+)", 1)
        ),
        username=nothing_but(
            pl.when(hosted).then(before.str.extract(HOSTED, 4)).otherwise(
                before.str.extract(r"^\S+(?: \([^)]*\))? \S+ (\S.*)$", 1)
            )
        ),
    )  # fmt: skip


def _json(lines: pl.DataFrame) -> pl.DataFrame:
    told = json_fields(objects(lines), FIELDS)
    last = pl.col("upstream").str.split(",").list.last().str.strip_chars()
    # Who answered is the server behind where the log does not name its own address.
    own = pl.col("server_h").is_not_null() | last.is_null()
    line = pl.format(
        "{} {} {}", pl.col("method").fill_null("-"), pl.col("uri").fill_null("-"),
        pl.col("protocol").fill_null("HTTP/1.1"),
    )  # fmt: skip
    rows = told.select(
        pl.col("orig_h", "orig_p", "username", "status_code", "referrer", "user_agent"),
        pl.col("response_body_bytes", "duration_s"),
        written=pl.col("written").str.replace(r"^(\d{1,2}/[A-Z][a-z]{2}/\d{4}):", "${1} "),
        resp_h=pl.when(own).then("server_h").otherwise(last.str.replace(PORT_AFTER, "${1}")),
        resp_p=pl.when(own).then("server_p").otherwise(last.str.extract(PORT_AFTER, 2)),
        domain=pl.col("domain").str.replace(PORT_AFTER, "${1}").str.to_lowercase(),
        request=pl.coalesce("request", line),
        response_mime_type=pl.col("response_mime_type")
        .str.extract(r"^\s*([^;\s]+)", 1).str.to_lowercase(),
    )  # fmt: skip
    return lines.with_columns(rows.get_columns())
