"""Times in ns since 1970 as people and tools read them; one whose year nobody told has none."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

NS = 1_000_000_000

YEAR_UNKNOWN = 1972
"""Stands for a year that no line of an input tells: the first leap year of the epoch, so that every
date exists. The orders and distances of such times are right, their year is not."""

_YEARS_UNKNOWN = range(YEAR_UNKNOWN, YEAR_UNKNOWN + 4)
"""Logs without a year may go on into the next ones; clocks that were never set stand at 1970."""

FORM = "%Y-%m-%d %H:%M:%S"

REMEMBERED = 16_384
"""So many texts of times are kept: what is told together happened together, and is told often."""


def moment(ns: int | None) -> datetime | None:
    """The time in UTC; None where there is none or it lies outside the calendar."""
    if ns is None:
        return None
    try:
        return datetime.fromtimestamp(ns // NS, UTC).replace(microsecond=ns % NS // 1000)
    except (OverflowError, OSError, ValueError):
        return None


@lru_cache(maxsize=REMEMBERED)
def rfc3339(ns: int | None) -> str | None:
    """RFC 3339 in UTC with microseconds where there are any; None without a time or a year."""
    when = moment(ns)
    if when is None or when.year in _YEARS_UNKNOWN:
        return None
    return when.isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=REMEMBERED)
def written(ns: int | None, form: str = FORM) -> str | None:
    """A time as text, without the year where nobody told it; None where there is no time."""
    when = moment(ns)
    if when is None:
        return None
    return when.strftime(form.replace("%Y-", "") if when.year in _YEARS_UNKNOWN else form)
