"""The same event told by two inputs counts once."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

NOT_COMPARED = ("input_digest",)


def events_once(tables: Sequence[pl.DataFrame]) -> tuple[pl.DataFrame, int]:
    """The events of several inputs in one table, and how many were told twice.

    Equal rows inside one input are that many events; the nth of them in one input is the same
    event as the nth in another.
    """
    if len(tables) == 1:
        return tables[0], 0
    counted = [table.with_columns(_key=_row_hash(table)) for table in tables]
    counted = [t.with_columns(_nth=pl.int_range(pl.len()).over("_key")) for t in counted]
    told = pl.concat(counted)
    once = told.unique(("_key", "_nth"), keep="first", maintain_order=True)
    return once.drop("_key", "_nth"), told.height - once.height


def _row_hash(table: pl.DataFrame) -> pl.Series:
    compared = table.drop(name for name in NOT_COMPARED if name in table.columns)
    return compared.hash_rows(seed=1)
