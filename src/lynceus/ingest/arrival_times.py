"""Times of log lines that came just now: what they leave out is told by when they came.

A time without a year is in the year that is nearest to its arrival. A time without a zone that is a
whole number of half hours off its arrival, give or take `LAG_S`, is in the zone that this tells.
"""

from __future__ import annotations

import polars as pl

from lynceus.account import Account
from lynceus.ingest.columns import NS
from lynceus.ingest.syslog import MONTHS, written_times

LAG_S = 300
"""Lines come at most so long after they were written, where their zone is told by it."""
EAST_MOST_S = 14 * 3600
HALF_HOUR_S = 1800

YEARLESS = r"^([A-Za-z]{3,9})(\s+\d\d?),?(\s+\d\d?:\d\d:\d\d(?:[.,]\d+)?(?:\s+[A-Z]\S*)?)$"
ZONED = r"(?:[Zz]|[+-]\d\d?:?(?:\d\d)?|[A-Za-z]{3,5}(?:[+-]\d\d?(?::?\d\d)?)?)$"


def by_arrival(rows: pl.DataFrame, arrived_ns: pl.Series, account: Account) -> pl.DataFrame:
    """Rows with `written` and `tz` (text) such that no year and no zone is missing.

    `arrived_ns` is when each row's line came, ns since 1970.
    """
    arrived = arrived_ns.cast(pl.Datetime("ns")).alias("_arrived")
    found = pl.col("written").str.extract_groups(YEARLESS)
    months = {name: number for number, name in enumerate(MONTHS, 1)}
    month = found.struct[0].str.to_lowercase().str.head(3).replace_strict(
        months, default=None, return_dtype=pl.Int32
    )  # fmt: skip
    ahead = month - pl.col("_arrived").dt.month().cast(pl.Int32)
    year = pl.col("_arrived").dt.year() - (ahead > 6).cast(pl.Int32) + (ahead < -6).cast(pl.Int32)
    dated = pl.format("{}{} {}{}", found.struct[0], found.struct[1], year, found.struct[2])
    rows = rows.with_columns(arrived).with_columns(written=pl.coalesce(dated, "written"))
    zoneless = rows["tz"].is_null() & ~rows["written"].str.contains(ZONED)
    told = rows["written"].set(~zoneless.fill_null(value=False), None)
    if told.null_count() < told.len():
        off_s = (written_times(told, Account()) - arrived_ns) // NS
        rows = rows.with_columns(off_s.alias("_off"))
        east = (pl.col("_off") / HALF_HOUR_S).round().cast(pl.Int64) * HALF_HOUR_S
        near = (pl.col("_off") - east).abs() <= LAG_S
        sure = near & (east != 0) & (east.abs() <= EAST_MOST_S)
        size = east.abs()
        zone = pl.format(
            "{}{}:{}",
            pl.when(east < 0).then(pl.lit("-")).otherwise(pl.lit("+")),
            (size // 3600).cast(pl.String).str.zfill(2),
            (size % 3600 // 60).cast(pl.String).str.zfill(2),
        )
        rows = rows.with_columns(tz=pl.when(sure).then(zone).otherwise("tz")).drop("_off")
        account.note("zones_told_by_arrival", rows["tz"].count() - int((~zoneless).sum()))
    return rows.drop("_arrived")
