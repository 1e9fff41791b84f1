"""How regular a row of contacts is: the published beacon score and its parts."""

from __future__ import annotations

import polars as pl

WEIGHTS = {"timing": 0.45, "coverage": 0.25, "size": 0.15, "count": 0.15}
"""What each part counts; where sizes are unknown theirs goes to the others in proportion."""

BURST_GAPS_S = (1.0, 20.0)
"""Contacts closer than this to the one before are one beat; the better reading counts. A program
often opens several connections at each beat."""

FULL_COUNT = 24
"""So many beats make the count part 1: one in each hour of a day."""

SKEW_FLOOR = 0.05
"""Below this spread of the middle half, in medians, skew is rounding and counts as none."""


def scored(rows: pl.LazyFrame, least: int) -> pl.LazyFrame:
    """Rows with a `beats` series of at least `least` contacts, with their rhythm.

    Adds `beats` (their number), `interval_s` (median), `jitter` (median absolute deviation over
    median), `skew`, `orig_bytes_median`, `timing_part`, `coverage_part`, `size_part`,
    `count_part` and `beacon_score`.
    """
    long = rows.filter(pl.col("beats").list.len() >= least).with_row_index("row")
    times = (
        long.select("row", "beats")
        .explode("beats")
        .unnest("beats")
        .sort("row", "ts_ns", "orig_bytes", "resp_bytes")
    )
    readings = [_reading(times, gap, least) for gap in BURST_GAPS_S]
    best = (
        pl.concat(readings)
        .sort("row", "beacon_score", "interval_s", descending=[False, True, False])
        .unique("row", keep="first", maintain_order=True)
    )
    return long.drop("beats").join(best, on="row", how="inner").drop("row")


def _reading(times: pl.LazyFrame, gap_s: float, least: int) -> pl.LazyFrame:
    since = pl.col("ts_ns").diff().over("row")
    beats = times.filter((since >= gap_s * 1e9).fill_null(True)).with_columns(
        interval=pl.col("ts_ns").diff().over("row") / 1e9
    )
    middle = pl.col("interval").median().over("row")
    size = pl.col("orig_bytes").median().over("row")
    stats = (
        beats.with_columns(
            off=(pl.col("interval") - middle).abs(), size_off=(pl.col("orig_bytes") - size).abs()
        )
        .group_by("row")
        .agg(
            beats=pl.len().cast(pl.Int64),
            interval_s=pl.col("interval").median(),
            q1=pl.col("interval").quantile(0.25, "linear"),
            q3=pl.col("interval").quantile(0.75, "linear"),
            mad=pl.col("off").median(),
            orig_bytes_median=pl.col("orig_bytes").median(),
            size_mad=pl.col("size_off").median(),
            span=(pl.col("ts_ns").max() - pl.col("ts_ns").min()) / 1e9,
        )
        .filter((pl.col("beats") >= least) & (pl.col("interval_s") > 0))
    )
    return (
        stats.with_columns(**_parts())
        .with_columns(beacon_score=_weighted().round(6))
        .select(
            *("row", "beats", "interval_s", "jitter", "skew", "orig_bytes_median"),
            *("timing_part", "coverage_part", "size_part", "count_part", "beacon_score"),
        )
    )


def _parts() -> dict[str, pl.Expr]:
    median = pl.col("interval_s")
    jitter = pl.col("mad") / median
    spread = pl.col("q3") - pl.col("q1")
    skew = (
        pl.when(spread > SKEW_FLOOR * median)
        .then(((pl.col("q1") + pl.col("q3") - 2 * median) / spread).abs().clip(0, 1))
        .otherwise(0.0)
    )
    expected = pl.col("span") / median + 1
    return {
        "jitter": jitter,
        "skew": skew,
        "timing_part": 0.5 * (1 - skew) + 0.5 * (1 - 2 * jitter).clip(lower_bound=0),
        "coverage_part": (pl.col("beats") / expected).clip(upper_bound=1),
        "size_part": pl.when(pl.col("orig_bytes_median") > 0)
        .then((1 - pl.col("size_mad") / pl.col("orig_bytes_median")).clip(lower_bound=0))
        .when(pl.col("orig_bytes_median") == 0)
        .then(pl.when(pl.col("size_mad") == 0).then(1.0).otherwise(0.0)),
        "count_part": (pl.col("beats") / FULL_COUNT).clip(upper_bound=1),
    }


def _weighted() -> pl.Expr:
    known = WEIGHTS["timing"] * pl.col("timing_part") + sum(
        (WEIGHTS[part] * pl.col(f"{part}_part") for part in ("coverage", "count")), pl.lit(0.0)
    )
    return (
        pl.when(pl.col("size_part").is_not_null())
        .then(known + WEIGHTS["size"] * pl.col("size_part"))
        .otherwise(known / (1 - WEIGHTS["size"]))
    )
