"""The only windowed counting there is: measures with mergeable states, per key and window.

A window is a column. A `Window` declares what is counted (`measures`), over which rows (`of`,
`where`), for which key and how wide. Its life has three steps, each a whole-frame expression:

    partial   rows            -> states    one row a (window, key)
    merge     states + states -> states    associative and commutative, so any batch split is equal
    finish    states          -> features  what a detector reads

The measures stand in `measure.py`. The same table over wider windows is not counted again: the
narrow windows that have closed are its states (`widened`). A row belongs to the window of its end;
rows without a time belong to one window of their own, with null borders.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import polars as pl

from lynceus.features.measure import (
    Active,
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
    "Active",
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
    worth: pl.Expr | None = None
    """Which features are handed on at all. It must hold for whatever a threshold may reasonably
    be set to; what it leaves out is the mass of groups with next to nothing in them."""
    finer: Window | None = None
    """The same table over narrower windows, whose closed windows are the states of this one; a
    table without it is made of rows."""

    def __post_init__(self) -> None:
        for measure in self.measures:
            if isinstance(measure, Active) and self.finer is None:
                _check_width(measure.every, self.every, f"{self.name}.{measure.name}")

    @property
    def width_ns(self) -> int:
        """Width in nanoseconds."""
        return width_ns(self.every)

    @property
    def groups(self) -> list[str]:
        """The columns that tell rows of this table apart."""
        return ["window_start_ns", "site", *self.key]

    def widened(self, *widths: str) -> tuple[Window, ...]:
        """This table and the same over wider and wider windows, each made of the one before.

        Raises ValueError where a width is no multiple of the one before.
        """
        tables = [self]
        for every in widths:
            before = tables[-1]
            _check_width(every, before.every, self.name)
            name = f"{before.name.removesuffix(f'_{before.every}')}_{every}"
            measures = tuple(_widened(measure, before.every) for measure in before.measures)
            tables.append(replace(before, name=name, every=every, measures=measures, finer=before))
        return tuple(tables)

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """States of these rows."""
        if self.only is not None:
            rows = rows.filter(self.only)
        rows = with_window(rows, self.of, self.width_ns).with_columns(**self.derive)
        if self.where is not None:
            rows = rows.filter(self.where)
        states = rows.group_by(self.groups).agg(e for m in self.measures for e in m.partial())
        return states.map_batches(self._bounded, validate_output_schema=False)

    def merge(self, states: Iterable[pl.DataFrame]) -> pl.DataFrame:
        """Several frames of states as one, a row a group."""
        states = list(states)
        filled = [frame for frame in states if frame.height] or states[:1]
        return filled[0] if len(filled) == 1 else self._folded(pl.concat(filled))

    def settled(self, states: Iterable[pl.DataFrame]) -> pl.DataFrame:
        """Merged states of groups of which no more will come, here or in wider windows.

        A group with one state is in every wider window what it is in this one, so those that are
        not worth it, which are most, end here.
        """
        states = list(states)
        settled = pl.concat(states)
        if self.worth is not None:
            several = settled.select(_number(self.groups[1:])).to_series().is_duplicated()
            settled = settled.filter(several | self._is_worth(settled, self.worth))
        return settled if len(states) == 1 else self._folded(settled)

    def rolled(self, closed: pl.DataFrame) -> pl.DataFrame:
        """Closed windows of the finer table as states of this one."""
        start = pl.col("window_start_ns")
        return self._folded(closed.with_columns(start.floordiv(self.width_ns) * self.width_ns))

    def finish(self, states: pl.DataFrame) -> pl.DataFrame:
        """The features that are worth it. Their order says nothing: the engine sorts findings."""
        if self.worth is not None:
            states = states.filter(self._is_worth(states, self.worth))
        return states.select(
            "window_start_ns",
            (pl.col("window_start_ns") + self.width_ns).alias("window_end_ns"),
            *self.groups[1:],
            *(expr for measure in self.measures for expr in measure.finish()),
        )

    def _folded(self, states: pl.DataFrame) -> pl.DataFrame:
        """One row a group. Most groups have one state only and pass as they are."""
        again = states.select(_number(self.groups)).to_series().is_duplicated()
        if not again.any():
            return states
        merge = (expr for measure in self.measures for expr in measure.merge())
        merged = states.filter(again).lazy().group_by(self.groups).agg(merge)
        folded = self._bounded(merged.collect(engine="in-memory"))
        return pl.concat([states.filter(~again), folded])

    def _bounded(self, states: pl.DataFrame) -> pl.DataFrame:
        """All states cut to their greatest size."""
        conditions = [condition for measure in self.measures for condition in measure.long()]
        if not conditions:
            return states
        long = states.select(pl.any_horizontal(conditions)).to_series()
        if not long.any():
            return states
        cut = (expr for measure in self.measures for expr in measure.cut())
        return pl.concat([states.filter(~long), states.filter(long).with_columns(cut)])

    def _is_worth(self, states: pl.DataFrame, worth: pl.Expr) -> pl.Series:
        asked = worth.meta.root_names()
        finish = (e for m in self.measures if m.name in asked for e in m.finish())
        judged = states.lazy().with_columns(finish).select(worth.fill_null(False))
        return judged.collect(engine="in-memory").to_series()


def _number(groups: list[str]) -> pl.Expr:
    """A number for each group, cheaper to compare than its columns; two may rarely share one."""
    return pl.struct(groups).hash(seed=0)


def _check_width(wide: str, narrow: str, name: str) -> None:
    if width_ns(wide) % width_ns(narrow):
        raise ValueError(f"{name}: windows of {wide} are not made of whole windows of {narrow}")


def _widened(measure: Measure, before: str) -> Measure:
    """What a measure is in a wider table: the windows a group was active in are added up."""
    if isinstance(measure, Active) and measure.every == before:
        return Count(measure.name)
    return measure


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows themselves, as they are, each with the window it belongs to."""

    of: str
    every: str = "1h"
    columns: tuple[str, ...] = ()
    """The columns that are needed; they must be in the schema or come from an enrichment."""
    where: pl.Expr | None = None
    """Which rows: filtered at once, so that only these are kept until their window closes."""
    finer: None = None
    """Always made of rows."""

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
        return with_window(rows, self.of, self.width_ns).select("window_start_ns", *self.columns)

    def merge(self, states: Iterable[pl.DataFrame]) -> pl.DataFrame:
        """All rows together."""
        return pl.concat(states)

    def finish(self, states: pl.DataFrame) -> pl.DataFrame:
        """The rows in an order that does not depend on how they came."""
        scalar = [name for name, dtype in states.schema.items() if not dtype.is_nested()]
        return states.sort(scalar).with_columns(
            (pl.col("window_start_ns") + self.width_ns).alias("window_end_ns")
        )


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
    finer: Sequence | None = None
    """As of a `Window`."""

    @property
    def width_ns(self) -> int:
        """Width in nanoseconds."""
        return width_ns(self.every)

    @property
    def groups(self) -> list[str]:
        """The columns that tell groups apart."""
        return ["window_start_ns", "site", *self.key]

    def widened(self, every: str) -> tuple[Sequence, Sequence]:
        """This table and the same over wider windows, as of a `Window`."""
        _check_width(every, self.every, self.name)
        name = f"{self.name.removesuffix(f'_{self.every}')}_{every}"
        return self, replace(self, name=name, every=every, finer=self)

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows that count."""
        if self.where is not None:
            rows = rows.filter(self.where)
        return (
            with_window(rows, self.of, self.width_ns)
            .with_columns(**self.derive)
            .select(*self.groups, *(of.alias(name) for name, of in self.fields.items()))
        )

    def merge(self, states: Iterable[pl.DataFrame]) -> pl.DataFrame:
        """All rows together, of each group the earliest."""
        rows = pl.concat(states)
        if rows.height <= self.most:
            return rows
        large = rows.select(pl.len().over(_number(self.groups)) > self.most).to_series()
        if not large.any():
            return rows
        earliest = (
            rows.filter(large)
            .sort(*self.fields)
            .group_by(self.groups, maintain_order=True)
            .head(self.most)
            .select(rows.columns)
        )
        return pl.concat([rows.filter(~large), earliest])

    def rolled(self, closed: pl.DataFrame) -> pl.DataFrame:
        """Rows of closed windows of the finer table as rows of this one."""
        start = pl.col("window_start_ns")
        return closed.with_columns(start.floordiv(self.width_ns) * self.width_ns)

    def finish(self, states: pl.DataFrame) -> pl.DataFrame:
        """The rows of groups with at least `least`, in time order within each group.

        `group` numbers the groups.
        """
        near = pl.len().over(_number(self.groups)) >= self.least
        rows = states.filter(near).lazy()
        enough = (
            rows.group_by(self.groups)
            .len()
            .filter(pl.col("len") >= self.least)
            .drop("len")
            .sort(self.groups)
            .with_row_index("group")
        )
        return (
            rows.join(enough, on=self.groups, how="inner", nulls_equal=True)
            .sort("group", *list(self.fields)[:2])
            .with_columns((pl.col("window_start_ns") + self.width_ns).alias("window_end_ns"))
            .collect(engine="in-memory")
        )


Table = Window | Rows | Sequence
"""What a detector may read."""


def end_of_row(columns: Iterable[str]) -> pl.Expr:
    """When a row is over: `end_ns` of a flow, `ts_ns` of an event."""
    if "end_ns" in columns:
        return pl.coalesce("end_ns", "ts_ns")
    return pl.col("ts_ns")


def with_window(rows: pl.LazyFrame, of: str, width: int) -> pl.LazyFrame:
    """Adds the start of the window that each row's end falls into, to rows of flows or of an event
    table."""
    end = end_of_row(("ts_ns", "end_ns") if of == "flows" else ("ts_ns",))
    return rows.with_columns((end.floordiv(width) * width).alias("window_start_ns"))
