"""What a model said of the flows of a group, for the sentence of a finding.

Over the columns of the windows of `features.scored`.
"""

from __future__ import annotations

import polars as pl

from lynceus.detect.score import bytes_text, number_text
from lynceus.features.scored import MILLIONTHS
from lynceus.language.columns import clause, sentence

REASONS = pl.Struct(
    {
        "strongest": pl.List(
            pl.Struct(
                {
                    "name": pl.String, "unit": pl.String, "value": pl.Float64,
                    "low": pl.Float64, "high": pl.Float64, "adds": pl.Float64,
                }
            )
        ),
        "nearest": pl.List(
            pl.Struct({"label": pl.String, "dataset": pl.String, "distance": pl.Float64})
        ),
    }
)  # fmt: skip
"""What is read of a flow's reasons."""
WORDS = {"_": " ", "ip bytes": "bytes", "per s": "a second", "per packet": "a packet"}
"""In the name of a number, one after the other."""


def mean_of(millionths: str) -> pl.Expr:
    """A mean over the flows of what was added up in millionths; 1 where it was not told."""
    told = pl.col(millionths) / (MILLIONTHS * pl.col("connections").cast(pl.Float64))
    return told.fill_null(1.0).clip(0, 1)


def reasons_of() -> pl.Expr:
    """The strongest contributions of the most probable flow in words, each with its usual range:
    `originator's packets a second 812 (usually 0.4 to 30)`."""
    each = pl.element().struct
    name = each.field("name")
    for written, said in WORDS.items():
        name = name.str.replace_all(written, said, literal=True)
    name = name.str.replace("^orig ", "originator's ").str.replace("^resp ", "responder's ")
    unit = each.field("unit")
    told = pl.format(
        "{} {}",
        name.str.replace(" s$", ""),
        pl.when(each.field("value").is_null())
        .then(sentence("unknown"))
        .otherwise(_in_unit(each.field("value"), unit)),
    )
    usual = clause(
        "(usually {low} to {high})",
        low=_in_unit(each.field("low"), unit),
        high=_in_unit(each.field("high"), unit),
    )
    return _listed("strongest", pl.concat_str(told, usual.fill_null("")))


def nearest_of() -> pl.Expr:
    """The known examples nearest to the most probable flow: `DoS Hulk of cicids2017`."""
    each = pl.element().struct
    return _listed(
        "nearest",
        sentence("{label} of {dataset}", label=each.field("label"), dataset=each.field("dataset")),
    )


def _listed(field: str, words: pl.Expr) -> pl.Expr:
    """What the reasons of the most probable flow tell in one of their lists, in words."""
    json = pl.col("strongest").str.split("\n").list.last()
    told = json.str.json_decode(REASONS).struct.field(field).list.eval(words)
    return told.fill_null(pl.lit([], dtype=pl.List(pl.String)))


def _in_unit(value: pl.Expr, unit: pl.Expr) -> pl.Expr:
    """Three digits of a number; bytes and seconds with their unit, the name tells any other."""
    short = value.round_sig_figs(3)
    whole = short == short.round(0)
    number = pl.when(whole).then(number_text(short)).otherwise(short.cast(pl.String))
    return (
        pl.when(unit.str.starts_with("bytes"))
        .then(bytes_text(value))
        .when(unit == "s")
        .then(pl.format("{} s", number))
        .otherwise(number)
    )
