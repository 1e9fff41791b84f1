"""Text columns of logs and lists into the types and forms of a flow, whole columns at a time."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence

import polars as pl

NS = 1_000_000_000

PLAIN_IPV4 = r"^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$"

DATE_FORMATS = (
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y/%m/%d %H:%M:%S%.f",
    "%Y/%m/%dT%H:%M:%S%.f",
    "%m/%d/%Y %H:%M:%S%.f",
    "%d %b %y %H:%M:%S%.f",
    "%a %b %e %H:%M:%S%.f %Y",
)
"""Written dates that are understood; those without a zone are UTC."""

YEARS = (1678, 2261)
"""The years that nanoseconds since 1970 can tell as a whole."""

FAR_YEAR = r"^\D{0,4}(0|1[0-6]|2[2-9]|[3-9])\d{1,3}[-/]|[-/](0|1[0-6]|2[2-9]|[3-9])\d{2,3}\b"
"""What a year beyond them may look like, such as 0001 or 9999 for none."""

MILLISECONDS_FROM = 100_000_000_000
"""An epoch time this large (the year 5138 in seconds) is counted in milliseconds."""


def mapped(values: pl.Series, odd: str, to: Callable[[str], str | None]) -> pl.Series:
    """The values, those that match the pattern `odd` put through `to`, each distinct one once."""
    distinct = values.filter(values.str.contains(odd)).unique()
    if distinct.is_empty():
        return values
    new = pl.Series([to(value) for value in distinct], dtype=pl.String)
    return values.replace(distinct, new)


def addresses(values: pl.Series) -> pl.Series:
    """Addresses in RFC 5952 form; null for what is none."""
    odd = values.is_not_null() & ~values.str.contains(PLAIN_IPV4)
    if not odd.any():
        return values
    distinct = values.filter(odd).unique()
    new = pl.Series([canonical_address(value) for value in distinct], dtype=pl.String)
    return values.replace(distinct, new)


def canonical_address(text: str) -> str | None:
    """One address in RFC 5952 form, its zone left out; None for what is none."""
    try:
        address = ipaddress.ip_address(text.strip().strip("[]").split("%")[0])
    except ValueError:
        return None
    if address.version == 6 and address.ipv4_mapped:
        return f"::ffff:{address.ipv4_mapped}"
    return str(address)


def epoch_ns(values: pl.Expr) -> pl.Expr:
    """Decimal seconds since 1970 (or milliseconds, when that large) as ns, without float error."""
    exact = values.str.to_decimal(scale=9)
    seconds = exact.to_physical().cast(pl.Int64, strict=False)
    whole = values.cast(pl.Int64, strict=False)
    milliseconds = pl.when(whole >= MILLISECONDS_FROM).then(whole)
    micro_ok = milliseconds < (1 << 63) // 1_000_000
    return seconds.fill_null(pl.when(micro_ok).then(milliseconds * 1_000_000))


def written_ns(values: pl.Series, formats: Sequence[str] = DATE_FORMATS) -> pl.Series:
    """Written dates as ns since 1970 UTC; null for what is none."""
    text = values.str.strip_chars().str.replace(r"(\d)Z$", "${1}+00:00")
    found = pl.Series(values.name, [None], dtype=pl.Int64).new_from_index(0, values.len())
    for form in formats:
        rest = found.is_null() & text.is_not_null()
        if not rest.any():
            break
        left = text.zip_with(rest, text.clear(text.len()))
        when = left.str.to_datetime(form, time_unit="ns", strict=False)
        if left.str.contains(FAR_YEAR).any():
            # In nanoseconds a year beyond them comes out as another one.
            told = left.str.to_datetime(form, time_unit="us", strict=False)
            years = told.dt.year().is_between(*YEARS)
            when = when.zip_with(years, when.clear(when.len()))
        found = found.fill_null(when.dt.replace_time_zone(None).cast(pl.Int64))
    return found


def time_ns(values: pl.Series) -> pl.Series:
    """Epoch seconds or written dates as ns since 1970 UTC; null for what is neither."""
    name = values.name
    epoch = values.to_frame().select(epoch_ns(pl.col(name)).alias(name))[name]
    rest = epoch.is_null() & values.is_not_null()
    if not rest.any():
        return epoch
    return epoch.fill_null(written_ns(values.zip_with(rest, values.clear(values.len()))))


def port(values: pl.Expr) -> pl.Expr:
    """A port number; null for what is none."""
    return values.cast(pl.UInt16, strict=False)


def plus(left: str, right: str) -> pl.Expr:
    """Sum of two counts of which at least one is known."""
    either = pl.col(left).is_not_null() | pl.col(right).is_not_null()
    return pl.when(either).then(pl.col(left).fill_null(0) + pl.col(right).fill_null(0))


def end_ns(ts_ns: str = "ts_ns", duration_s: str = "duration_s") -> pl.Expr:
    """Start plus duration, exact to the microsecond; the start where no duration is known."""
    lasted_us = (pl.col(duration_s).fill_null(0.0) * 1e6).round().cast(pl.Int64, strict=False)
    return pl.col(ts_ns) + lasted_us.fill_null(0).clip(0, 1 << 52) * 1000
