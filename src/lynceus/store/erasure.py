"""The records of one person or address, taken out of the lake on request, with a report.

A row goes where any of its columns holds the value: an address at either end of a flow, a user name
in a login, a host name in a lease, also inside a list. Sums that name nobody (services) are counted
anew where their flows are still there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from lynceus.store.lake import Lake
from lynceus.store.rollup import roll_up


@dataclass(frozen=True)
class Erased:
    """What was taken out."""

    value: str
    rows: dict[str, int] = field(default_factory=dict)
    """Rows by table; tables without any are left out."""
    files: int = 0
    """Files that were written anew."""

    def told(self) -> str:
        """In one line."""
        tables = ", ".join(f"{count:,} of {table}" for table, count in self.rows.items())
        return f"{self.value}: {sum(self.rows.values()):,} rows erased ({tables or 'none found'})"


def erase(lake: Lake, value: str) -> Erased:
    """Takes out every row that names this address, name or user, whatever its case."""
    rows: dict[str, int] = {}
    files = 0
    before = set(lake.hours("flows"))
    for table in lake.tables():
        for hour in lake.hours(table):
            there = lake.files(table, hour)
            named = {path: count for path in there if (count := _count(path, value))}
            if named:
                lake.rewrite(table, hour, (_without(path, value) for path in there))
                rows[table] = rows.get(table, 0) + sum(named.values())
                files += len(there)
    if rows:
        roll_up(lake, emptied=before - set(lake.hours("flows")))
    return Erased(value, rows, files)


def _count(path: Path, value: str) -> int:
    rows = pl.scan_parquet(path, hive_partitioning=False)
    return int(rows.select(_names(rows.collect_schema(), value).sum()).collect().item() or 0)


def _without(path: Path, value: str) -> pl.DataFrame:
    rows = pl.read_parquet(path, hive_partitioning=False)
    return rows.filter(~_names(rows.schema, value))


def _names(schema: pl.Schema, value: str) -> pl.Expr:
    """Whether a row holds the value."""
    wanted = value.lower()
    texts = [pl.col(n).str.to_lowercase() == wanted for n, t in schema.items() if t == pl.String]
    lists = [
        pl.col(n).list.eval(pl.element().str.to_lowercase()).list.contains(wanted)
        for n, t in schema.items()
        if t == pl.List(pl.String)
    ]
    return pl.any_horizontal(pl.lit(value=False), *texts, *lists).fill_null(value=False)
