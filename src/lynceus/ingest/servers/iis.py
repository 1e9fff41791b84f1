"""Microsoft IIS and whatever else writes the extended log format of W3C, by its `#Fields:` line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from lynceus.ingest.beside import nested, nothing_but

DIRECTIVE = r"^#(?:Software|Version|Date|Start-Date|End-Date|Remark|Fields): "
FIELDS = r"^#Fields:\s+(.*)$"
ROW = r"^\d{4}-\d{2}-\d{2}[\s]\d{2}:\d{2}:\d{2}(?:\.\d+)?[\s]"

NAMES = {
    "date": ("date",),
    "time": ("time",),
    "orig_h": ("c-ip", "ClientIP"),
    "orig_p": ("c-port",),
    "resp_h": ("s-ip",),
    "resp_p": ("s-port",),
    "username": ("cs-username", "c-username"),
    "method": ("cs-method",),
    "stem": ("cs-uri-stem", "cs-uri"),
    "query": ("cs-uri-query",),
    "version": ("cs-version",),
    "host": ("cs-host", "cs(Host)"),
    "user_agent": ("cs(User-Agent)", "cs(user-agent)", "cUserAgent"),
    "referrer": ("cs(Referer)", "cs(Referrer)"),
    "status_code": ("sc-status",),
    "sc_bytes": ("sc-bytes",),
    "cs_bytes": ("cs-bytes",),
    "took": ("time-taken",),
    "sensor": ("s-computername", "s-sitename"),
}  # fmt: skip
"""Our words and the fields of W3C that hold them."""


def with_fields(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces of a file, each after the first with the line before it that names the fields."""
    named = b""
    for piece in pieces:
        yield named + piece
        begin = (b"\n" + piece).rfind(b"\n#Fields:")
        if begin >= 0:
            named = piece[begin:].partition(b"\n")[0] + b"\n"


def claims(lines: pl.DataFrame) -> pl.Series:
    """Directives, and where one names the fields the dated lines after it."""
    text = pl.col("text")
    named = text.str.extract(FIELDS, 1).forward_fill().is_not_null()
    return lines.select(claimed=text.str.contains(DIRECTIVE) | (named & text.str.contains(ROW)))[
        "claimed"
    ]


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One HTTP request a line, its flow where both ends are told; directives tell nothing."""
    text = pl.col("text")
    told = lines.with_columns(named=text.str.extract(FIELDS, 1).forward_fill().str.strip_chars())
    told = told.filter(~text.str.contains(r"^#") & pl.col("named").is_not_null())
    parts = [
        _placed(told.filter(pl.col("named") == named), str(named).split())
        for named in told["named"].unique(maintain_order=True)
    ]
    rows = pl.concat([pl.DataFrame(schema=dict.fromkeys(("line", *NAMES), pl.String())), *parts],
                     how="diagonal_relaxed", rechunk=True)  # fmt: skip
    query = pl.when(pl.col("query").is_not_null()).then(pl.format("?{}", "query")).otherwise(
        pl.lit("")
    )  # fmt: skip
    refused = (pl.col("status_code") == "401") & pl.col("username").is_not_null()
    plus = pl.col("user_agent").str.replace_all("+", " ", literal=True)
    return rows.with_columns(
        pl.col("line").cast(pl.UInt32),
        written=pl.concat_str("date", "time", separator=" "),
        action="method",
        domain=pl.col("host").str.to_lowercase(),
        orig_bytes="cs_bytes",
        resp_bytes="sc_bytes",
        duration_s=pl.format("{} ms", "took"),
        proto=pl.lit("tcp"),
        service=pl.lit("http"),
        vendor=pl.lit("microsoft"),
        product=pl.lit("iis"),
        http_event=nested(
            "http", pl.col("status_code").is_not_null(), method="method", referrer="referrer",
            version=pl.col("version").str.extract(r"(?i)HTTP/(\S+)", 1),
            host=pl.col("host").str.to_lowercase(), user_agent=plus, status_code="status_code",
            uri=pl.concat_str("stem", query),
        ),
        login_event=nested(
            "login", refused, service=pl.lit("http"), method=pl.lit("basic"),
            success=pl.lit(value=False), reason=pl.lit("status 401"), attempts=pl.lit(1),
        ),
    )  # fmt: skip


def _placed(lines: pl.DataFrame, fields: list[str]) -> pl.DataFrame:
    """The values by the place of their field; lines with another number of them tell nothing."""
    values = lines.select("line", values=pl.col("text").str.strip_chars().str.split(" "))
    fit = values.filter(pl.col("values").list.len() == len(fields))
    places = {
        name: next((fields.index(key) for key in keys if key in fields), None)
        for name, keys in NAMES.items()
    }
    return fit.select(
        pl.col("line").cast(pl.String),
        *(
            nothing_but(pl.col("values").list.get(place)).alias(name)
            for name, place in places.items()
            if place is not None
        ),
    )
