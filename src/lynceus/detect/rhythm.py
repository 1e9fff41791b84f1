"""How regular a row of contacts is: the published beacon score and its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Floor:
    """What a rhythm must have to be scored at all; most contacts have it not."""

    beats: int
    timing: float
    coverage: float

    @property
    def most_jitter(self) -> float:
        """The jitter at which the timing part falls below its floor, were there no skew."""
        return max(0.0, 1 - self.timing)


def scored(contacts: pl.DataFrame, key: Sequence[str], floor: Floor) -> pl.DataFrame:
    """The rhythm of each group of contacts that stands above the floor.

    `contacts` have the number of their `group`, sorted by it, `ts_ns` and `orig_bytes`. Gives
    `key` and the columns `OWN`: number of beats, median interval, jitter (median absolute
    deviation over median), Bowley skew, median bytes sent, the parts of the score and the score.
    """
    times = contacts.lazy().select("group", "ts_ns", "orig_bytes")
    best = (
        pl.concat([_reading(times, gap, floor) for gap in BURST_GAPS_S])
        .sort("group", "beacon_score", "interval_s", descending=[False, True, False])
        .unique("group", keep="first", maintain_order=True)
    )
    groups = contacts.select("group", *key).join(best, on="group", how="semi").unique("group")
    return groups.join(best, on="group", how="inner").drop("group")


EVEN_SLOTS = 12
"""Into so many slots a window is cut to see whether the contacts go on through it."""


def steady(contacts: pl.DataFrame, key: Sequence[str]) -> pl.LazyFrame:
    """How steadily each group of contacts goes on through its window, rhythm or not.

    The four parts are those of RITA: timing (here with the jitter counted once), size, duration
    (share of the window from the first contact to the last) and evenness (share of the slots of
    the window with a contact). Contacts of one second are one beat, as with RITA.
    `steady_score` is the mean of the parts; a size that is not known is left out.
    """
    width = pl.col("window_end_ns") - pl.col("window_start_ns")
    slot = (pl.col("ts_ns") - pl.col("window_start_ns")) * EVEN_SLOTS // width
    second = pl.col("ts_ns").floordiv(10**9)
    times = (
        contacts.lazy()
        .with_columns(slot=slot, contacts=pl.len().over("group").cast(pl.Int64), second=second)
        .unique(["group", "second"], keep="first", maintain_order=True)
    )
    apart = times.sort("group", "ts_ns").with_columns(
        gap=pl.when(pl.col("group") == pl.col("group").shift()).then(pl.col("ts_ns").diff() / 1e9)
    )
    gap, size = pl.col("gap"), pl.col("orig_bytes")
    told = apart.group_by("group", *key).agg(
        contacts=pl.col("contacts").first(),
        beats=pl.len().cast(pl.Int64),
        interval_s=gap.median(),
        mad=(gap - gap.median()).abs().median(),
        q1=gap.quantile(0.25, "linear"),
        q3=gap.quantile(0.75, "linear"),
        orig_bytes_median=size.median(),
        size_mad=(size - size.median()).abs().median(),
        span_ns=pl.col("ts_ns").max() - pl.col("ts_ns").min(),
        slots=pl.col("slot").n_unique(),
        first_seen_ns=pl.col("ts_ns").min(),
        last_seen_ns=pl.col("ts_ns").max(),
    )
    parts = _parts()
    return (
        told.filter(pl.col("interval_s") > 0)
        .with_columns(skew=parts["skew"], jitter=parts["jitter"], size_part=parts["size_part"])
        .with_columns(
            timing_part=0.5 * (1 - pl.col("skew")) + 0.5 * (1 - pl.col("jitter")).clip(0),
            duration_part=(pl.col("span_ns") / width).clip(0, 1),
            evenness_part=pl.col("slots") / EVEN_SLOTS,
        )
        .with_columns(
            steady_score=pl.mean_horizontal(
                "timing_part", "size_part", "duration_part", "evenness_part", ignore_nulls=True
            ).round(6)
        )
        .drop("group", "mad", "q1", "q3", "size_mad", "span_ns", "slots")
    )


def _reading(times: pl.LazyFrame, gap_s: float, floor: Floor) -> pl.DataFrame:
    """One reading, in steps of which each leaves fewer groups to the next."""
    same = pl.col("group") == pl.col("group").shift()
    since = pl.when(same).then(pl.col("ts_ns").diff())
    beats = (
        times.filter((since >= gap_s * 1e9).fill_null(True))
        .with_columns(interval=pl.when(same).then(pl.col("ts_ns").diff() / 1e9))
        .collect(engine="in-memory")
    )
    middles = (
        beats.lazy()
        .group_by("group")
        .agg(
            beats=pl.len().cast(pl.Int64),
            interval_s=pl.col("interval").median(),
            span=(pl.col("ts_ns").max() - pl.col("ts_ns").min()) / 1e9,
        )
        .filter((pl.col("beats") >= floor.beats) & (pl.col("interval_s") > 0))
        .filter(_coverage() >= floor.coverage)
        .collect(engine="in-memory")
    )
    steady = (
        beats.lazy()
        .join(middles.lazy().select("group", "interval_s"), on="group", how="inner")
        .with_columns(off=(pl.col("interval") - pl.col("interval_s")).abs())
        .group_by("group")
        .agg(mad=pl.col("off").median(), interval_s=pl.col("interval_s").first())
        .filter(pl.col("mad") <= floor.most_jitter * pl.col("interval_s"))
        .select("group", "mad")
        .collect(engine="in-memory")
    )
    size = pl.col("orig_bytes")
    return (
        beats.lazy()
        .join(steady.lazy(), on="group", how="inner")
        .group_by("group")
        .agg(
            q1=pl.col("interval").quantile(0.25, "linear"),
            q3=pl.col("interval").quantile(0.75, "linear"),
            mad=pl.col("mad").first(),
            orig_bytes_median=size.median(),
            size_mad=(size - size.median()).abs().median(),
        )
        .join(middles.lazy(), on="group", how="inner")
        .with_columns(**_parts())
        .with_columns(beacon_score=_weighted().round(6))
        .filter(pl.col("timing_part") >= floor.timing)
        .select("group", *OWN)
        .collect(engine="in-memory")
    )


def _coverage() -> pl.Expr:
    """Beats seen of those that fit into the span at the median interval."""
    return (pl.col("beats") / (pl.col("span") / pl.col("interval_s") + 1)).clip(upper_bound=1)


def _parts() -> dict[str, pl.Expr]:
    median = pl.col("interval_s")
    jitter = pl.col("mad") / median
    spread = pl.col("q3") - pl.col("q1")
    skew = (
        pl.when(spread > SKEW_FLOOR * median)
        .then(((pl.col("q1") + pl.col("q3") - 2 * median) / spread).abs().clip(0, 1))
        .otherwise(0.0)
    )
    size = pl.col("orig_bytes_median")
    return {
        "jitter": jitter,
        "skew": skew,
        "timing_part": 0.5 * (1 - skew) + 0.5 * (1 - 2 * jitter).clip(lower_bound=0),
        "coverage_part": _coverage(),
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
