"""How regular a row of contacts is: the published beacon score and its parts."""

from __future__ import annotations

from collections.abc import Sequence

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

OWN = ("beats", "interval_s", "jitter", "skew", "orig_bytes_median", "timing_part",
       "coverage_part", "size_part", "count_part", "beacon_score")  # fmt: skip
"""The columns of a rhythm."""


def scored(contacts: pl.LazyFrame, key: Sequence[str], least: int) -> pl.LazyFrame:
    """The rhythm of each group of contacts that has at least `least` beats.

    `contacts` are sorted by key and `ts_ns`, with `orig_bytes`. Gives `key` and the columns `OWN`:
    number of beats, median interval, jitter (median absolute deviation over median), Bowley skew,
    median bytes sent, the parts of the score and the score.
    """
    numbered = contacts.with_columns(row=pl.struct(*key).rle_id())
    groups = numbered.unique("row", keep="first").select("row", *key)
    times = numbered.select("row", "ts_ns", "orig_bytes")
    best = (
        pl.concat(_reading(times, gap, least) for gap in BURST_GAPS_S)
        .sort("row", "beacon_score", "interval_s", descending=[False, True, False])
        .unique("row", keep="first", maintain_order=True)
    )
    return groups.join(best, on="row", how="inner").drop("row")


def _reading(times: pl.LazyFrame, gap_s: float, least: int) -> pl.LazyFrame:
    same = pl.col("row") == pl.col("row").shift()
    since = pl.when(same).then(pl.col("ts_ns").diff())
    beats = times.filter((since >= gap_s * 1e9).fill_null(True)).with_columns(
        interval=pl.when(same).then(pl.col("ts_ns").diff() / 1e9)
    )
    middles = beats.group_by("row").agg(
        interval_s=pl.col("interval").median(),
        orig_bytes_median=pl.col("orig_bytes").median(),
        beats=pl.len().cast(pl.Int64),
    )
    return (
        beats.join(middles.filter(pl.col("beats") >= least), on="row", how="inner")
        .with_columns(
            off=(pl.col("interval") - pl.col("interval_s")).abs(),
            size_off=(pl.col("orig_bytes") - pl.col("orig_bytes_median")).abs(),
        )
        .group_by("row")
        .agg(
            pl.col("beats", "interval_s", "orig_bytes_median").first(),
            q1=pl.col("interval").quantile(0.25, "linear"),
            q3=pl.col("interval").quantile(0.75, "linear"),
            mad=pl.col("off").median(),
            size_mad=pl.col("size_off").median(),
            span=(pl.col("ts_ns").max() - pl.col("ts_ns").min()) / 1e9,
        )
        .filter(pl.col("interval_s") > 0)
        .with_columns(**_parts())
        .with_columns(beacon_score=_weighted().round(6))
        .select("row", *OWN)
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
    size = pl.col("orig_bytes_median")
    return {
        "jitter": jitter,
        "skew": skew,
        "timing_part": 0.5 * (1 - skew) + 0.5 * (1 - 2 * jitter).clip(lower_bound=0),
        "coverage_part": (pl.col("beats") / expected).clip(upper_bound=1),
        "size_part": pl.when(size > 0)
        .then((1 - pl.col("size_mad") / size).clip(lower_bound=0))
        .when(size == 0)
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
