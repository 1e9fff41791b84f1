"""What is believed where several sources speak of one place, and what they disagree about.

Each field is taken from the source that weighs most among those that say something of it:

    weight = confidence * 2 ** -max(0, age / stale_days - 1)

`confidence` is what a person gave the source (1 where nothing), `age` the days since it was read.
Up to `stale_days` a source loses nothing, then half with each further such span. Between equals the
first by name is taken. What the others say instead is told as a conflict, never dropped in silence.
"""

from __future__ import annotations

import polars as pl

from lynceus.decay import DAY_NS
from lynceus.enrich.assets import FACTS

FIELDS = {
    "asset": "asset",
    "owner": "asset_owner",
    "criticality": "asset_criticality",
    "role": "asset_role",
    "system": "asset_system",
}
"""Field of a source and the fact that it becomes."""
NAMED = ("name", "owner", "criticality", "role", "system")
"""What the fields are called in a conflict."""
STALE_DAYS = 30.0


def age_days(at_ns: int | None) -> pl.Expr:
    """Days since a source was read, no less than 0; null where neither time is known."""
    if at_ns is None:
        return pl.lit(None, pl.Float64)
    return ((at_ns - pl.col("refreshed_ns")) / DAY_NS).clip(lower_bound=0.0)


def weight(age: pl.Expr, stale_days: float) -> pl.Expr:
    """How much what a source says counts, 0..1."""
    late = (age.fill_null(0.0) / max(stale_days, 1e-9) - 1.0).clip(lower_bound=0.0)
    return pl.col("confidence").fill_null(1.0) * 2.0 ** (-late)


def settled(
    rows: pl.DataFrame, at_ns: int | None = None, stale_days: float = STALE_DAYS
) -> pl.DataFrame:
    """One row a `place`, with `FACTS`, in the order of places.

    `rows` has `place`, the keys of `FIELDS`, `source`, `confidence` and `refreshed_ns`; `at_ns` is
    the time that is looked at, None where nobody knows it: then nothing is stale.
    """
    if rows.is_empty():
        return pl.DataFrame(schema={"place": pl.String(), **FACTS})
    aged = rows.with_columns(age=age_days(at_ns)).with_columns(
        weight=weight(pl.col("age"), stale_days)
    )
    said = (
        aged.unpivot(
            on=list(FIELDS), index=["place", "source", "age", "weight"],
            variable_name="field", value_name="value",
        )
        .drop_nulls("value")
        .sort("place", "field", "weight", "source", descending=[False, False, True, False])
    )  # fmt: skip
    told = said.group_by("place", "field", maintain_order=True).agg(
        value=pl.col("value").first(), source=pl.col("source").first(), age=pl.col("age").first()
    )
    values = told.pivot(on="field", index="place", values="value").rename(FIELDS, strict=False)
    from_whom = told.group_by("place").agg(
        asset_source=pl.col("source").unique().sort().str.join(", "),
        # A field that only a stale source tells is stale, whatever the others are.
        asset_stale_days=pl.when(pl.col("age") > stale_days).then(pl.col("age")).max().floor(),
    )
    found = values.join(from_whom, on="place", how="left").join(
        _conflicts(said), on="place", how="left"
    )
    missing = [
        pl.lit(None, kind).alias(name) for name, kind in FACTS.items() if name not in found.columns
    ]
    return (
        found.with_columns(missing)
        .select("place", *(pl.col(name).cast(kind) for name, kind in FACTS.items()))
        .sort("place")
    )


def _conflicts(said: pl.DataFrame) -> pl.DataFrame:
    """`place` and what its sources disagree about, as `asset_conflict`."""
    plain = pl.col("value").str.to_lowercase().str.strip_chars()
    # A host name and the same with its domain are one.
    same = pl.when(pl.col("field") == "asset").then(plain.str.extract(r"^([^.]+)")).otherwise(plain)
    names = dict(zip(FIELDS, NAMED, strict=True))
    apart = said.with_columns(same=same).filter(
        pl.col("same").n_unique().over("place", "field") > 1
    )
    words = (
        apart.unique(["place", "field", "same"], keep="first", maintain_order=True)
        .group_by("place", "field", maintain_order=True)
        .agg(pl.format("{} ({})", "value", "source").str.join(" or ").alias("values"))
        .with_columns(pl.col("field").replace_strict(names))
    )
    return words.group_by("place").agg(
        asset_conflict=pl.format("{}: {}", "field", "values").sort().str.join("; ")
    )
