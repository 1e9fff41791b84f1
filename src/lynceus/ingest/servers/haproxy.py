"""HAProxy: HTTP, TCP and error records, and the JSON of its enterprise edition."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.beside import nested, objects
from lynceus.ingest.devices.fields import json_fields
from lynceus.ingest.servers.web_access import REQUEST

CLIENT = (
    r"^\s*(\[?[0-9A-Fa-f:.]+?\]?):(\d{1,5}) "
    r"\[(\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2}(?:\.\d+)?)\]"
)
HTTP = (
    rf"{CLIENT} (\S+) (\S+) ((?:-?\+?\d+/){{4}}\+?-?\d+) (-?\d+) \+?(\d+) \S+ \S+ \S{{4}} \S+ \S+"
    r"(?: \{[^}]*\})*\s*(?: \"(.*?)\"?)?( TLSv\S+.*| -| \S+:\S+)?\s*$"
)
TCP = rf"{CLIENT} (\S+) (\S+) ((?:-?\+?\d+/){{2}}\+?-?\d+) \+?(\d+) \S\S \S+ \S+"
ERROR = rf"{CLIENT} (\S+/\S+): (.+)$"
JSON = r'"frontend"\s*:.*"meth"\s*:|"meth"\s*:.*"fqdn"\s*:|"fqdn"\s*:.*"meth"\s*:'
FIELDS = {
    "written": "date",
    "orig_h": "ip",
    "orig_p": "port",
    "method": "meth",
    "path": "path",
    "query": "qs",
    "version": "vers",
    "status_code": "code",
    "response_body_bytes": "bytes",
    "user_agent": "ua",
    "domain": "fqdn",
    "took": "tt",
    "did": "action",
}
HTTP_FIELDS = ("method", "uri", "version", "user_agent", "status_code", "response_body_bytes")


def claims(lines: pl.DataFrame) -> pl.Series:
    """Which lines are its records."""
    text = pl.col("message")
    return lines.select(
        claimed=pl.any_horizontal(text.str.contains(form) for form in (HTTP, TCP, ERROR, JSON))
    )["claimed"]


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """Every line with its client; requests of HTTP."""
    is_json = lines["message"].str.contains(JSON)
    told = pl.concat(
        [_written(lines.filter(~is_json)), _json(lines.filter(is_json))],
        how="diagonal_relaxed",
        rechunk=True,
    )
    return told.with_columns(
        http_event=nested(
            "http", pl.col("status_code").is_not_null(), **{name: name for name in HTTP_FIELDS},
            host=pl.col("domain").str.to_lowercase(),
        ),
        service=pl.when(pl.col("status_code").is_not_null()).then(pl.lit("http")),
        action=pl.coalesce("did", "method"),
        resp_bytes="response_body_bytes",
        duration_s=pl.format("{} ms", pl.col("took").str.extract(r"(\d+)$", 1)),
        proto=pl.lit("tcp"),
        vendor=pl.lit("haproxy"),
        product=pl.lit("haproxy"),
    )  # fmt: skip


def _written(lines: pl.DataFrame) -> pl.DataFrame:
    text = pl.col("message")
    return lines.with_columns(
        orig_h=text.str.extract(CLIENT, 1),
        orig_p=text.str.extract(CLIENT, 2),
        # The colon between day and hour would pass for that of the clock.
        written=text.str.extract(CLIENT, 3).str.replace(":", " "),
        took=pl.coalesce(text.str.extract(HTTP, 6), text.str.extract(TCP, 6)),
        status_code=text.str.extract(HTTP, 7),
        response_body_bytes=pl.coalesce(text.str.extract(HTTP, 8), text.str.extract(TCP, 7)),
        request=text.str.extract(HTTP, 9),
        domain=text.str.extract(r"\{([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?::\d+)?[|}]", 1),
    ).with_columns(
        method=pl.col("request").str.extract(REQUEST, 1),
        uri=pl.col("request").str.extract(REQUEST, 2),
        version=pl.col("request").str.extract(REQUEST, 3),
    )


def _json(lines: pl.DataFrame) -> pl.DataFrame:
    told = json_fields(objects(lines), FIELDS)
    query = pl.when(pl.col("query").fill_null("") != "").then(pl.format("?{}", "query"))
    rows = told.with_columns(
        uri=pl.concat_str("path", query.fill_null("")),
        version=pl.col("version").str.extract(r"(?i)^HTTP/(\S+)$", 1),
    ).drop("path", "query")
    return lines.with_columns(rows.get_columns())
