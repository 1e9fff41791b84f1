"""Sizes and durations as people write them: `2.3MB`, `1,847`, `4m 32s`, `00:04:32`."""

from __future__ import annotations

import polars as pl

UNITS = {
    "": 1, "b": 1, "byte": 1, "bytes": 1,
    "k": 10**3, "kb": 10**3, "m": 10**6, "mb": 10**6, "g": 10**9, "gb": 10**9,
    "t": 10**12, "tb": 10**12, "p": 10**15, "pb": 10**15,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40, "pib": 2**50,
}  # fmt: skip
"""Bytes in one unit: KB, MB, GB, TB are decimal as on network gear, KiB and the like binary."""

SIZE = r"^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\.?\s*$"

SPANS_S = (
    (r"w(?:k|ks|eeks?)?", 604_800.0),
    (r"d(?:ays?)?", 86_400.0),
    (r"h(?:r|rs|ours?)?", 3_600.0),
    (r"m(?:in|ins|inutes?)?", 60.0),
    (r"s(?:ec|ecs|econds?)?", 1.0),
    (r"(?:ms|msecs?|milliseconds?)", 1e-3),
    (r"(?:us|µs|microseconds?)", 1e-6),
)
"""Words for spans of time and their length in seconds."""

DURATION = (
    r"(?i)^\s*(?:\d+(?:\.\d+)?\s*(?:w(?:k|ks|eeks?)?|d(?:ays?)?|h(?:r|rs|ours?)?"
    r"|m(?:in|ins|inutes?)?|s(?:ec|ecs|econds?)?|ms|msecs?|milliseconds?|us|µs|microseconds?)"
    r"\s*,?\s*)+$"
)
CLOCK = r"^\s*(?:(\d+):)?(\d{1,3}):(\d{1,2}(?:\.\d+)?)\s*$"
GROUPED = r"^\s*\d{1,3}(?:,\d{3})+(?:[^\d,]|$)"
"""A number with separators of thousands."""


def plain_number(values: pl.Expr) -> pl.Expr:
    """The text without separators of thousands."""
    grouped = values.str.contains(GROUPED)
    return pl.when(grouped).then(values.str.replace_all(",", "", literal=True)).otherwise(values)


def size_bytes(values: pl.Expr) -> pl.Expr:
    """Bytes of a written size; a number without unit is bytes; null for what is none."""
    text = plain_number(values)
    number = text.str.extract(SIZE, 1).cast(pl.Float64, strict=False)
    unit = text.str.extract(SIZE, 2).str.to_lowercase()
    factor = unit.replace_strict(UNITS, default=None, return_dtype=pl.UInt64())
    whole = text.str.extract(SIZE, 1).cast(pl.UInt64, strict=False)
    fits = whole <= pl.lit((1 << 64) - 1, pl.UInt64) // factor
    return pl.coalesce(
        pl.when(fits).then(whole * factor), (number * factor).round().cast(pl.UInt64, strict=False)
    )


def has_unit(values: pl.Expr) -> pl.Expr:
    """Whether a size says its unit."""
    return plain_number(values).str.extract(SIZE, 2) != ""


def count(values: pl.Expr) -> pl.Expr:
    """A whole number, whatever word follows it; null for what is none."""
    return (
        plain_number(values).str.extract(r"^\s*(\d+)\s*[a-z]*\s*$", 1).cast(pl.UInt64, strict=False)
    )


def duration_s(values: pl.Expr) -> pl.Expr:
    """Seconds of a written duration; a number without unit is seconds; null for what is none."""
    parts = [
        values.str.extract(rf"(?i)(\d+(?:\.\d+)?)\s*{word}(?:[^A-Za-zµ]|$)", 1)
        .cast(pl.Float64, strict=False)
        .fill_null(0.0)
        * length
        for word, length in SPANS_S
    ]
    spelled = pl.when(values.str.contains(DURATION)).then(pl.sum_horizontal(parts))
    hours, minutes, seconds = (
        values.str.extract(CLOCK, group).cast(pl.Float64, strict=False) for group in (1, 2, 3)
    )
    clock = hours.fill_null(0.0) * 3600 + minutes * 60 + seconds
    bare = values.str.strip_chars().str.extract(r"^(\d+(?:\.\d+)?)$", 1)
    return pl.coalesce(spelled, clock, bare.cast(pl.Float64, strict=False))
