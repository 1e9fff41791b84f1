"""The header of syslog lines, RFC 3164 as devices really write it and RFC 5424, whole columns.

`headers` takes lines apart, whatever they hold; a line without a header is its own message.
`written_times` reads the times. What RFC 3164 leaves out is said, never asked of a clock: a time
without a zone is UTC; a time without a year has that of the last line before it that tells one
(or the first after it), else `YEAR_UNKNOWN`, which is never shown; and December followed by January
is the next year.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from lynceus.account import Account
from lynceus.ingest.columns import NS
from lynceus.moments import YEAR_UNKNOWN

YEARS = (1970, 2261)
"""Years that can be told in ns since 1970."""

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

ZONES_MIN = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "cest": 120, "met": 60,
    "mest": 120, "eet": 120, "eest": 180, "msk": 180, "est": -300, "edt": -240, "cst": -360,
    "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "akst": -540, "akdt": -480,
    "hst": -600, "jst": 540, "kst": 540, "aest": 600, "aedt": 660, "acst": 570, "awst": 480,
    "nzst": 720, "nzdt": 780, "sgt": 480, "hkt": 480, "brt": -180, "sast": 120,
}  # fmt: skip
"""Zones that devices name by letters, minutes east of UTC; of ambiguous ones the usual."""

_CLOCK = r"\d\d?:\d\d:\d\d(?:[.,]\d+)?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_OFFSET = r"(?:[Zz]|(?:UTC|GMT)?[+-]\d\d?:?(?:\d\d)?)"
_NAMED = rf"(?:(?:{'|'.join(ZONES_MIN).upper()})(?:[+-]\d\d?(?::?\d\d)?)?)\b"
ISO = rf"\d{{4}}[-/]\d\d?[-/]\d\d?[T ]{_CLOCK}\s?{_OFFSET}?"
BSD = rf"{_MONTH}\s+\d\d?,?\s+(?:\d{{4}},?\s+)?{_CLOCK}(?:\s+\d{{4}}\b)?(?:\s+{_NAMED})?"
YEAR_FIRST = rf"\d{{4}}\s+{_MONTH}\s+\d\d?\s+{_CLOCK}(?:\s+{_NAMED})?"
DAY_FIRST = rf"\d\d?[ /-]{_MONTH}[ /-]\d{{2,4}}[ :T]{_CLOCK}(?:\s{_OFFSET})?"
"""The times that lines begin with."""

PREFIX = r"^\s*(?:\d+ )?<(\d\d?\d?)>(?:(1 )|\s?)(?s:(.*))$"
"""Priority, an octet count before it; the version of RFC 5424; the rest."""
RFC5424 = (
    rf"^(-|{ISO}) (\S+) (\S+) (\S+) (\S+) "
    r"(-|(?:\[(?:[^\]\"\\]|\\.|\"(?:[^\"\\]|\\.)*\")*\])+)(?:\s+(?s:(.*)))?$"
)
TIMED = rf"^[*.]?({ISO}|{BSD}|{YEAR_FIRST}|{DAY_FIRST})(:?)(?:\s+(?s:(.*)))?$"
"""The time, what divides it, the rest."""
CISCO = (
    r"^(?:\d+: )?(?:([^\s:]+): )?(?:\d+: )?([*.]?(?:\d{4} )?(?:[A-Z][a-z]{2} +\d|\d{4}-)(?s:.*))$"
)
"""Sequence number and host that Cisco's devices write before the time."""
HOST = r"^([^\s:%|=,\[<]+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)\s+(?s:(.+))$"
TAG = r"^([A-Za-z_][A-Za-z0-9_./()-]*)(?:\[([^\]\s]*)\])?:(?:\s+(?s:(.*)))?$"

FIELDS = (
    "written", "hostname", "app_name", "proc_id", "msg_id", "structured_data", "message",
)  # fmt: skip
TAG_FIELDS = ("app_name", "proc_id", "message")
HIGHEST_PRIORITY = 191

COLUMNS = ("facility", "severity", *FIELDS)
"""What `headers` gives: numbers for the first two, text for the others, null where not told."""


def headers(lines: pl.Series) -> pl.DataFrame:
    """One row a line: its header in `COLUMNS`. Lines are kept in their order and number."""
    begun = _groups(lines, PREFIX, ("priority", "new", "rest")).with_columns(
        pl.col("priority").cast(pl.UInt16, strict=False)
    )
    rest = begun["rest"].fill_null(lines)
    modern = _groups(_where(rest, begun["new"].is_not_null()), RFC5424, FIELDS)
    found = modern["hostname"].is_not_null()
    modern = modern.with_columns(pl.all().exclude("message").replace("-", None))
    older = _older(_where(rest, ~found))
    told = pl.col("priority") <= HIGHEST_PRIORITY
    return begun.select(
        facility=pl.when(told).then(pl.col("priority") // 8).cast(pl.UInt8),
        severity=pl.when(told).then(pl.col("priority") % 8).cast(pl.UInt8),
    ).with_columns(
        modern[name].fill_null(older[name]) if name in older.columns else modern[name]
        for name in FIELDS
    ).with_columns(pl.col("message").fill_null("").str.strip_prefix("\ufeff"))  # fmt: skip


def _older(rest: pl.Series) -> pl.DataFrame:
    """What follows the priority, by RFC 3164: time, host and tag as far as they are there."""
    cisco = _groups(rest, CISCO, ("before", "timed"))
    timed = _groups(cisco["timed"].fill_null(rest), TIMED, ("written", "colon", "after"))
    is_timed = timed["written"].is_not_null()
    after = _where(timed["after"].fill_null("").str.strip_chars_start(), is_timed)
    tagged = _groups(after, TAG, TAG_FIELDS)
    named = tagged["app_name"].is_null() & (timed["colon"] == "")
    hosted = _groups(_where(after, named), HOST, ("hostname", "after"))
    after = hosted["after"].fill_null(after).str.replace(r"^:\s+", "")
    again = _groups(_where(after, hosted["hostname"].is_not_null()), TAG, TAG_FIELDS)
    tags = {name: tagged[name].fill_null(again[name]) for name in TAG_FIELDS}
    whole = pl.Series(rest).zip_with(~is_timed, after)
    return pl.DataFrame(
        {
            "written": timed["written"],
            "hostname": _where(cisco["before"], is_timed).fill_null(hosted["hostname"]),
            "app_name": tags["app_name"],
            "proc_id": tags["proc_id"],
            "message": tags["message"].fill_null(_where(whole, tags["app_name"].is_null())),
        }
    )


def _groups(values: pl.Series, pattern: str, names: Sequence[str]) -> pl.DataFrame:
    """The groups of a pattern as columns, all null where it does not match."""
    found = values.str.extract_groups(pattern).struct.unnest()
    return found.rename(dict(zip(found.columns, names, strict=True)))


def _where(values: pl.Series, condition: pl.Series) -> pl.Series:
    """The values where the condition holds, else null."""
    return values.zip_with(condition.fill_null(value=False), values.clear(values.len()))


def written_times(written: pl.Series, account: Account) -> pl.Series:
    """Times as devices write them, in the order of their lines, as ns since 1970 UTC.

    Null for what is none. A year or a zone that no line tells is noted in `account`.
    """
    times = written.str.strip_chars().alias("t")
    # Devices write seconds, so that many lines have one time: each is read once.
    parts = times.to_frame().join(
        _parts(times.unique()), on="t", how="left", nulls_equal=True, maintain_order="left"
    )
    parts = parts.with_columns(year=pl.when(pl.col("year").is_between(*YEARS)).then("year"))
    yearless = parts["year"].is_null()
    parts = parts.with_columns(year=_years(parts["year"], parts["month"]))
    self_told = pl.coalesce(pl.col("hours") * 60 + pl.col("minutes").fill_null(0), "zone")
    east = pl.when(pl.col("sign") == "-").then(-self_told).otherwise(self_told)
    clock = pl.col("hour") * 3600 + pl.col("minute") * 60 + pl.col("second")
    when = parts.select(
        ts_ns=pl.concat_str("year", "month", "day", separator="-")
        .str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("ns")).cast(pl.Int64)
        + (clock - east.fill_null(0) * 60).cast(pl.Int64) * NS + pl.col("part_ns"),
        no_zone=east.is_null(),
    )  # fmt: skip
    known = when["ts_ns"].is_not_null()
    account.note("times_without_a_zone_read_as_utc", int((known & when["no_zone"]).sum()))
    account.note("times_without_a_year", int((known & yearless).sum()))
    account.note("unreadable_time", int((written.is_not_null() & ~known).sum()))
    return when["ts_ns"]


def _parts(times: pl.Series) -> pl.DataFrame:
    """What written times say, number by number; null for what they do not."""
    text = pl.col("t")
    name = rf"(?i)({_MONTH})"
    return times.to_frame().select(
        text,
        year=pl.coalesce(
            text.str.extract(r"^(\d{4})\D", 1),
            text.str.extract(r"\d{1,2}[ /-][A-Za-z]{3,9}[ /-](\d{4})", 1),
            text.str.extract(r"^[A-Za-z]{3,9}\s+\d{1,2},?\s+(\d{4})\b", 1),
            text.str.extract(r":\d{2}(?:[.,]\d+)?\s+(\d{4})\b", 1),
        ).cast(pl.Int32, strict=False),
        month=pl.coalesce(
            text.str.extract(r"^\d{4}[-/](\d{1,2})[-/]", 1).cast(pl.Int32, strict=False),
            text.str.extract(name, 1).str.to_lowercase().str.head(3).replace_strict(
                {m: n for n, m in enumerate(MONTHS, 1)}, default=None, return_dtype=pl.Int32
            ),
        ),
        day=pl.coalesce(
            text.str.extract(r"^\d{4}[-/]\d{1,2}[-/](\d{1,2})[T ]", 1),
            text.str.extract(r"[A-Za-z]{3,9}\s+(\d{1,2}),?\s", 1),
            text.str.extract(r"^(\d{1,2})[ /-][A-Za-z]{3}", 1),
        ).cast(pl.Int32, strict=False),
        hour=_number(r"(?:^|[ T:])(\d\d?):\d\d:\d\d"),
        minute=_number(r"(?:^|[ T:])\d\d?:(\d\d):\d\d"),
        second=_number(r"(?:^|[ T:])\d\d?:\d\d:(\d\d)"),
        part_ns=text.str.extract(r":\d{2}[.,](\d{1,9})", 1)
        .str.pad_end(9, "0").cast(pl.Int64, strict=False).fill_null(0),
        sign=text.str.extract(r":\d{2}\S*?\s?[A-Z]*([+-])\d{1,2}:?(?:\d{2})?$", 1),
        hours=_number(r":\d{2}\S*?\s?[A-Z]*[+-](\d{1,2}):?(?:\d{2})?$"),
        minutes=_number(r":\d{2}\S*?\s?[A-Z]*[+-]\d{1,2}:?(\d{2})$"),
        zone=text.str.extract(r":\d{2}(?:[.,]\d+)?(?:\s+\d{4})?\s*([A-Za-z]{1,5})$", 1)
        .str.to_lowercase().replace_strict(ZONES_MIN, default=None, return_dtype=pl.Int32),
    )  # fmt: skip


def _years(year: pl.Series, month: pl.Series) -> pl.Series:
    """The year of each time, that of other lines where its own is not told."""
    if year.null_count() == 0:
        return year
    month_told, year_told = pl.col("month"), pl.col("year")
    told = pl.DataFrame({"year": year, "month": month}).with_row_index()
    timed = told.filter(month_told.is_not_null()).with_columns(
        turns=(month_told.diff() < -6).fill_null(value=False).cast(pl.Int32)
        - (month_told.diff() > 6).fill_null(value=False).cast(pl.Int32)
    ).with_columns(  # a line of December that comes late belongs before the turn
        turns=pl.col("turns").cum_sum() - pl.col("turns").cum_sum().cum_min().clip(upper_bound=0)
    )  # fmt: skip
    base = (year_told - pl.col("turns")).forward_fill().backward_fill().fill_null(YEAR_UNKNOWN)
    found = timed.with_columns(year=year_told.fill_null(base + pl.col("turns")))
    return told.select("index").join(
        found.select("index", "year"), on="index", how="left", maintain_order="left"
    )["year"]


def _number(pattern: str) -> pl.Expr:
    return pl.col("t").str.extract(pattern, 1).cast(pl.Int32, strict=False)
