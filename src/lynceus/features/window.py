"""The only windowed counting there is: measures with mergeable states, per key and window.

A window is a column. A `Window` declares what is counted (`measures`), over which rows (`of`,
`where`), for which key and how wide. Its life has three steps, each a whole-frame expression:

    partial   rows            -> states    one row a (window, key)
    merge     states + states -> states    associative and commutative, so any batch split is equal
    finish    states          -> features  what a detector reads

The measures stand in `measure.py`. A row belongs to the window of
its end; rows without a time belong to one window of their own, with null borders.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from lynceus.features.measure import (
    Constant,
    Count,
    Distinct,
    Max,
    Measure,
    Min,
    Scalar,
    Sum,
    Values,
)

__all__ = [
    "WINDOW",
    "Constant",
    "Count",
    "Distinct",
    "Max",
    "Measure",
    "Min",
    "Rows",
    "Scalar",
    "Sequence",
    "Sum",
    "Table",
    "Values",
    "Window",
    "end_of_row",
    "width_ns",
    "with_window",
]

WINDOW = ("window_start_ns", "window_end_ns")
_UNITS_NS = {"s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000}
_UNITS_NS["d"] = 24 * _UNITS_NS["h"]


def width_ns(every: str) -> int:
    """Nanoseconds of a width such as `60s`, `5m`, `1h`, `1d`."""
    match = re.fullmatch(r"(\d+)([smhd])", every)
    if not match or int(match[1]) == 0:
        raise ValueError(f"window width {every!r}: expected a number and s, m, h or d, as in 60s")
    return int(match[1]) * _UNITS_NS[match[2]]


@dataclass(frozen=True, eq=False)
class Window:
    """A table of features: one row a key and window."""

    name: str
    of: str
    """`flows`, or the name of an event table."""
    key: tuple[str, ...]
    """Grouping columns; the site is always the first and not named here."""
    measures: tuple[Measure, ...]
    every: str
    where: pl.Expr | None = None
    """Which rows count at all."""
    derive: dict[str, pl.Expr] = field(default_factory=dict)
    """Columns made from a row before grouping, by name; usable in key, where and measures."""
    only: pl.Expr | None = None
    """Which rows are looked at before anything is derived: a cheap first `where`."""

    @property
    def width_ns(self) -> int:
        """Width in nanoseconds."""
        return width_ns(self.every)

    @property
    def groups(self) -> list[str]:
        """The columns that tell rows of this table apart."""
        return [*WINDOW, "site", *self.key]

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """States of these rows."""
        if self.only is not None:
            rows = rows.filter(self.only)
        rows = with_window(rows, self.width_ns).with_columns(**self.derive)
        if self.where is not None:
            rows = rows.filter(self.where)
        partial = (expr for measure in self.measures for expr in measure.partial())
        return self._bounded(rows.group_by(self._keys).agg(partial))

    def merge(self, states: Iterable[pl.DataFrame]) -> pl.DataFrame:
        """Several frames of states as one, a row a group."""
        states = list(states)
        filled = [frame for frame in states if frame.height] or states[:1]
        if len(filled) == 1:
            return filled[0]
        merge = (expr for measure in self.measures for expr in measure.merge())
        grouped = pl.concat(filled).lazy().group_by(self._keys).agg(merge)
        return self._bounded(grouped).collect(engine="in-memory")

    @property
    def _keys(self) -> list[str]:
        return _deciding(self.groups)

    def _bounded(self, states: pl.LazyFrame) -> pl.LazyFrame:
        columns = [expr.meta.output_name() for m in self.measures for expr in m.merge()]
        return states.with_columns(
            (pl.col("window_start_ns") + self.width_ns).alias("window_end_ns"),
            *(expr for measure in self.measures for expr in measure.bound()),
        ).select(*self.groups, *columns)

    def finish(self, states: pl.DataFrame) -> pl.LazyFrame:
        """The features. Their order says nothing: the engine sorts what is found."""
        finish = (expr for measure in self.measures for expr in measure.finish())
        return states.lazy().select(*self.groups, *finish)


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows themselves, as they are, each with the window it belongs to."""

    of: str
    every: str = "1h"
    columns: tuple[str, ...] = ()
    """The columns that are needed; they must be in the schema or come from an enrichment."""
    where: pl.Expr | None = None
    """Which rows: filtered at once, so that only these are kept until their window closes."""

    @property
    def name(self) -> str:
        """A name for messages."""
        return f"rows of {self.of}"

    @property
    def width_ns(self) -> int:
        """Width in nanoseconds."""
        return width_ns(self.every)

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows that count, with their window."""
        if self.where is not None:
            rows = rows.filter(self.where)
        return with_window(rows, self.width_ns).select(*WINDOW, *self.columns)

    def merge(self, states: Iterable[pl.DataFrame]) -> pl.DataFrame:
        """All rows together."""
        return pl.concat(states)

    def finish(self, states: pl.DataFrame) -> pl.LazyFrame:
        """The rows in an order that does not depend on how they came."""
        scalar = [name for name, dtype in states.schema.items() if not dtype.is_nested()]
        return states.lazy().sort(scalar)


@dataclass(frozen=True, eq=False)
class Sequence:
    """The rows of groups that have enough of them: what a rhythm is read from.

    State is the rows themselves in few columns, so that nothing is grouped before a window closes;
    of each group the `most` earliest are kept.
    """

    name: str
    of: str
    key: tuple[str, ...]
    """Grouping columns; the site is always the first and not named here."""
    fields: dict[str, pl.Expr]
    """Columns kept of each row; the first one orders, the second breaks ties."""
    every: str
    least: int
    """Fewest rows of a group that is handed on."""
    most: int = 4000
    """Most rows kept of a group."""
    where: pl.Expr | None = None
    derive: dict[str, pl.Expr] = field(default_factory=dict)
    """Columns of the key made from a row, by name."""

    @property
    def width_ns(self) -> int:
        """Width in nanoseconds."""
        return width_ns(self.every)

    @property
    def groups(self) -> list[str]:
        """The columns that tell groups apart."""
        return [*WINDOW, "site", *self.key]

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows that count."""
        if self.where is not None:
            rows = rows.filter(self.where)
        return (
            with_window(rows, self.width_ns)
            .with_columns(**self.derive)
            .select(*self.groups, *(of.alias(name) for name, of in self.fields.items()))
        )

    def merge(self, states: Iterable[pl.DataFrame]) -> pl.DataFrame:
        """All rows together, of each group the earliest."""
        rows = pl.concat(states)
        if rows.height <= self.most:
            return rows
        large = (
            rows.lazy()
            .group_by(self._keys)
            .len()
            .filter(pl.col("len") > self.most)
            .collect(engine="in-memory")
        )
        if large.is_empty():
            return rows
        over = rows.join(large, on=self._keys, how="semi", nulls_equal=True)
        rest = rows.join(large, on=self._keys, how="anti", nulls_equal=True)
        cut = (
            over.sort(*self.fields)
            .group_by(self._keys, maintain_order=True)
            .head(self.most)
            .select(rows.columns)
        )
        return pl.concat([rest, cut])

    def finish(self, states: pl.DataFrame) -> pl.LazyFrame:
        """The rows of groups with at least `least`, in time order within each group.

        `group` numbers the groups. Made at once, for it is read more than once.
        """
        enough = (
            states.lazy()
            .group_by(self._keys)
            .len()
            .filter(pl.col("len") >= self.least)
            .drop("len")
            .sort(self._keys)
            .with_row_index("group")
        )
        rows = states.lazy().join(enough, on=self._keys, how="inner", nulls_equal=True)
        return rows.sort("group", *list(self.fields)[:2]).collect(engine="in-memory").lazy()

    @property
    def _keys(self) -> list[str]:
        return _deciding(self.groups)


def _deciding(groups: Iterable[str]) -> list[str]:
    """The grouping columns that decide; the end of a window follows from its start."""
    return [column for column in groups if column != "window_end_ns"]


Table = Window | Rows | Sequence
"""What a detector may read."""


def end_of_row(columns: Iterable[str]) -> pl.Expr:
    """When a row is over: `end_ns` of a flow, `ts_ns` of an event."""
    if "end_ns" in columns:
        return pl.coalesce("end_ns", "ts_ns")
    return pl.col("ts_ns")


def with_window(rows: pl.LazyFrame, width: int) -> pl.LazyFrame:
    """Adds the borders of the window that each row's end falls into."""
    end = end_of_row(rows.collect_schema().names())
    start = end.floordiv(width) * width
    return rows.with_columns(start.alias("window_start_ns"), (start + width).alias("window_end_ns"))
