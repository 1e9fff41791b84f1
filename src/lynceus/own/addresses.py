"""Addresses in networks that the user names, as an expression."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from lynceus.enrich.prefixes import PrefixTable, numbered


def unreadable(networks: Sequence[str]) -> list[str]:
    """Those that are no networks."""
    table = PrefixTable(list(networks))
    return [networks[int(place)] for place in table.unreadable]


def within(column: str | pl.Expr, networks: Sequence[str]) -> pl.Expr:
    """Whether an address lies in one of the networks; false where there is none."""
    table = PrefixTable(list(networks))

    def looked_up(values: pl.Series) -> pl.Series:
        distinct, place = numbered(values)
        inside = pl.Series(table.find(distinct) >= 0, dtype=pl.Boolean)
        return inside.gather(place).fill_null(value=False).alias(values.name)

    of = pl.col(column) if isinstance(column, str) else column
    return of.map_batches(looked_up, return_dtype=pl.Boolean)
