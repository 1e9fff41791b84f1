"""When in the day and the week an hour lies, as far as the history is long enough to tell."""

from __future__ import annotations

import polars as pl

from lynceus.features.window import width_ns
from lynceus.language import say
from lynceus.language.columns import sentence

HOUR_NS = width_ns("1h")
DAY_NS = width_ns("1d")

PART_HOURS = 3
"""Hours of a part of the day: three neighbouring hours of three weeks are 45 working hours."""

WEEKENDS_FROM_DAYS = 7
"""Days of history from which on weekends are told apart from working days."""

WEEKDAYS_FROM_DAYS = 21
"""Days of history from which on each day of the week has a norm of its own."""

DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def _weekday(start: pl.Expr) -> pl.Expr:
    """0 for Monday; 1970 began on a Thursday."""
    return (start.floordiv(DAY_NS) + 3) % 7


def seasons(days: int) -> tuple[str, ...]:
    """The columns of `with_seasons` that so many days of history can tell apart, widest first."""
    known = ["part"]
    if days >= WEEKENDS_FROM_DAYS:
        known.append("kind_part")
    if days >= WEEKDAYS_FROM_DAYS:
        known.append("day_part")
    return tuple(known)


def with_seasons(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `part` (of the day), `kind_part` (apart for weekends) and `day_part` (by weekday)."""
    start = pl.col("window_start_ns")
    part = (start % DAY_NS).floordiv(HOUR_NS * PART_HOURS)
    weekday = _weekday(start)
    return rows.with_columns(
        part=part.cast(pl.Int16),
        kind_part=(part + pl.when(weekday >= 5).then(100).otherwise(0)).cast(pl.Int16),
        day_part=(part + 10 * weekday).cast(pl.Int16),
    )


def season_text(season: str) -> pl.Expr:
    """`Sundays 03:00 to 06:00`, `weekends 03:00 to 06:00`, `03:00 to 06:00`, of a row's hour."""
    start = pl.col("window_start_ns")
    weekday = _weekday(start)
    first = (start % DAY_NS).floordiv(HOUR_NS * PART_HOURS) * PART_HOURS
    clock = sentence("{begin}:00 to {end}:00", begin=_two(first), end=_two(first + PART_HOURS))
    if season == "part":
        return clock
    if season == "kind_part":
        day = pl.when(weekday >= 5).then(sentence("weekends")).otherwise(sentence("working days"))
    else:
        day = weekday.replace_strict(list(range(7)), [say(day) for day in DAYS], default=None)
    return pl.format("{} {}", day, clock)


def hour_text() -> pl.Expr:
    """`03:00` of a row's hour."""
    return pl.format("{}:00", _two((pl.col("window_start_ns") % DAY_NS).floordiv(HOUR_NS)))


def _two(of: pl.Expr) -> pl.Expr:
    return of.cast(pl.String).str.zfill(2)
