"""What a model said of the flows of a group, for the sentence of a finding.

Over the columns of the windows of `features.scored`.
"""

from __future__ import annotations

import polars as pl

from lynceus.features.scored import MILLIONTHS

REASONS = pl.Struct(
    {
        "strongest": pl.List(
            pl.Struct(
                {
                    "name": pl.String, "unit": pl.String, "value": pl.Float64,
                    "low": pl.Float64, "high": pl.Float64, "adds": pl.Float64,
                }
            )
        )
    }
)  # fmt: skip
"""What is read of a flow's reasons."""
SHARES = ("0 or 1", "0 to 1")
"""Units that need no words."""


def mean_of(millionths: str) -> pl.Expr:
    """A mean over the flows of what was added up in millionths; 1 where it was not told."""
    told = pl.col(millionths) / (MILLIONTHS * pl.col("connections").cast(pl.Float64))
    return told.fill_null(1.0).clip(0, 1)


def reasons_of() -> pl.Expr:
    """The strongest contributions of the most probable flow in words, each with its usual range:
    `orig packets per s 812 (usually 0.4 to 30)`."""
    json = pl.col("strongest").str.splitn("|", 2).struct.field("field_1")
    each = pl.element().struct
    unit = each.field("unit")
    plain = unit.is_in(SHARES) | (unit == "")
    value = each.field("value").round_sig_figs(3)
    said = pl.format(
        "{} {}{}",
        each.field("name").str.replace_all("_", " "),
        pl.when(value.is_null()).then(pl.lit("unknown")).otherwise(value.cast(pl.String)),
        pl.when(plain).then(pl.lit("")).otherwise(pl.format(" {}", unit)),
    )
    usual = pl.format(
        " (usually {} to {})",
        each.field("low").round_sig_figs(3),
        each.field("high").round_sig_figs(3),
    )
    whole = pl.concat_str(said, usual.fill_null(""))
    return (
        json.str.json_decode(REASONS)
        .struct.field("strongest")
        .list.eval(whole)
        .fill_null(pl.lit([], dtype=pl.List(pl.String)))
    )
