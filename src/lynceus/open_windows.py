"""The states of the windows that are open, within a bound.

What windows hold grows with what differs in the traffic, and the widest last for days. Where all of
it would be more than the bound, the tables that hold most give first: their groups of the fewest
rows, and of these the ones that were silent for longest. So neither a scan nor a flood of made-up
addresses pushes out what says something. What went is counted by table and window.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from lynceus.compacted import bytes_of, compacted
from lynceus.features.window import Count, Max, Rows, Table, Window

PENDING = 64
"""Most pieces in which the states of a table are left lying."""

LEFT = 0.5
"""Share of the groups in the largest piece of a table that is left when some have to go."""


class OpenWindows:
    """What the tables hold of windows that have not closed."""

    def __init__(self, tables: Sequence[Table], most_bytes: int | None = None) -> None:
        """`tables`: each after the one it is made of. `most_bytes`: what all of them may hold
        together; None: as much as they need, which is not measured."""
        self._tables = tuple(tables)
        self._most_bytes = most_bytes
        self._states: dict[int, list[pl.DataFrame]] = {id(table): [] for table in tables}
        self._sizes = dict.fromkeys(self._states, 0)
        self._gone: dict[str, dict[int | None, int]] = {}
        """By table and begin of a window that is open how many groups went."""
        self._lost: dict[str, float] = {}
        self.forgotten: Counter[str] = Counter()
        """Groups that went for want of room since the beginning, by table."""

    @property
    def bytes(self) -> int:
        """What all tables hold; 0 where there is no bound."""
        return sum(self._sizes.values())

    def states(self, table: Table) -> list[pl.DataFrame]:
        """What a table holds; several of them may tell of one group."""
        return self._states[id(table)]

    def lost(self, table: Table) -> float:
        """Of the windows of a table that have just closed, the largest share of groups that had
        gone."""
        return self._lost.get(table.name, 0.0)

    def add(self, table: Table, state: pl.DataFrame) -> None:
        """Takes in states of rows, or of narrower windows that have closed."""
        states = self._states[id(table)]
        if state.height:
            states.append(state)
            self._sizes[id(table)] += self._size(state)
        if len(states) > PENDING:
            self._put(table, _fewer(table, states))

    def _put(self, table: Table, states: list[pl.DataFrame]) -> None:
        """Replaces what a table holds."""
        self._states[id(table)] = [state for state in states if state.height]
        self._sizes[id(table)] = sum(map(self._size, states))

    def _size(self, state: pl.DataFrame) -> int:
        return 0 if self._most_bytes is None else bytes_of(state)

    def roll(self, table: Table, over: pl.DataFrame) -> None:
        """Takes what closed of a table into the wider ones that are made of it."""
        for wider in self._tables:
            if wider.finer is table:
                rolled = wider.rolled(over)
                # Where much comes by for long, what is held must not hold what has gone.
                self.add(wider, rolled if self._most_bytes is None else compacted(rolled))

    def over(
        self, table: Table, until_ns: int | None, closed_ns: int | None
    ) -> pl.DataFrame | None:
        """Takes out the states of a table's windows that end by a time; None: all of them.

        `closed_ns`: up to there windows have closed before.
        """
        self._lost.pop(table.name, None)
        states = self._states[id(table)]
        if not states:
            return None
        if until_ns is None:
            self._put(table, [])
            if isinstance(table, Window) and not self._holds_wider(table):
                return self._told(table, table.settled(states))
            return self._told(table, table.merge(states))
        width = table.width_ns
        if closed_ns is not None and until_ns // width <= closed_ns // width:
            return None
        merged = table.merge(states)
        over = (pl.col("window_start_ns") + width <= until_ns).fill_null(False)
        left = merged.filter(~over)
        self._put(table, [compacted(left)] if left.height else [])
        return self._told(table, merged.filter(over))

    def _holds_wider(self, table: Table) -> bool:
        """Whether wider windows hold states of narrow ones that have closed before."""
        wider = [other for other in self._tables if other.finer is table]
        held = any(state.height for other in wider for state in self._states[id(other)])
        return held or any(map(self._holds_wider, wider))

    def _told(self, table: Table, over: pl.DataFrame) -> pl.DataFrame:
        """What closes; with it is said how much went of its windows."""
        if (gone := self._gone.get(table.name)) and over.height:
            here = dict(over.group_by("window_start_ns").len().iter_rows())
            shares = [
                gone[start] / (gone.pop(start) + n) for start, n in here.items() if start in gone
            ]
            self._lost[table.name] = max(shares, default=0.0)
        return over

    def keep_within(self) -> None:
        """Lets groups go until all tables together are within the bound, a piece at a time of the
        table that holds most."""
        while self._most_bytes is not None and self.bytes > self._most_bytes:
            table = max(self._tables, key=lambda one: self._sizes[id(one)])
            states = self._states[id(table)]
            largest = max(states, key=lambda state: state.height)
            if 2 * largest.height < sum(state.height for state in states):
                self._put(table, [compacted(table.merge(states))])
                continue
            # What came of late is left as it is: to put it together each time would be dear.
            rest = [state for state in states if state is not largest]
            self._put(table, [*rest, self._cut(table, largest)])

    def _cut(self, table: Table, states: pl.DataFrame) -> pl.DataFrame:
        """The groups that say most."""
        kept = int(states.height * LEFT)
        order = states.select(_heaviest_first(table)).to_series()
        self._count(table, states[order.slice(kept)])
        return compacted(states[order.head(kept).sort()])

    def _count(self, table: Table, gone: pl.DataFrame) -> None:
        """Counts groups that went, here and in the wider windows that would be made of them."""
        if not isinstance(table, Window):  # of these a group has several rows
            by = ["window_start_ns"] if isinstance(table, Rows) else table.groups
            gone = gone.select(by).unique()
        self.forgotten[table.name] += gone.height
        counts = list(gone.group_by("window_start_ns").len().iter_rows())
        for one in (table, *self._wider(table)):
            of_window = self._gone.setdefault(one.name, {})
            for start, count in counts:
                at = None if start is None else start // one.width_ns * one.width_ns
                of_window[at] = of_window.get(at, 0) + count

    def _wider(self, table: Table) -> Iterable[Table]:
        for other in self._tables:
            if other.finer is table:
                yield other
                yield from self._wider(other)

    def snapshot(self) -> dict[str, Any]:
        """What is open, table by table, and what went."""
        return {
            "states": [self._states[id(table)] for table in self._tables],
            "gone": {name: dict(by_window) for name, by_window in self._gone.items()},
            "forgotten": self.forgotten,
        }

    def resume(self, snapshot: Mapping[str, Any]) -> None:
        """Goes on where a snapshot was taken. Raises ValueError on one of other tables."""
        if len(snapshot["states"]) != len(self._tables):
            raise ValueError("snapshot of an engine with other detectors")
        told = zip(self._tables, snapshot["states"], strict=True)
        for table, states in told:
            self._put(table, list(states))
        # Of before there was a bound nothing went.
        self._gone = {name: dict(gone) for name, gone in snapshot.get("gone", {}).items()}
        self.forgotten = Counter(snapshot.get("forgotten", {}))


def _fewer(table: Table, states: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """The states in fewer pieces. What is much larger than all that came since is left as it is:
    so a state is put together, and written by a checkpoint, a few times and not again and again."""
    ordered = sorted(states, key=lambda state: -state.height)
    behind = sum(state.height for state in ordered)
    for at, state in enumerate(ordered):
        behind -= state.height
        if behind >= state.height:
            return [*ordered[:at], compacted(table.merge(ordered[at:]))]
    return ordered


def _heaviest_first(table: Table) -> pl.Expr:
    """The numbers of the rows of states: those of groups with most rows first, of these the ones
    that were heard of last."""
    if isinstance(table, Rows):
        return pl.arg_sort_by(pl.col("window_start_ns"), descending=True, maintain_order=True)
    if isinstance(table, Window):
        counts = [
            pl.col(m.name) for m in table.measures if isinstance(m, Count) and m.where is None
        ]
        last = [
            pl.col(m.name) for m in table.measures if isinstance(m, Max) and m.name.endswith("_ns")
        ]
        said = [*counts[:1], *last[:1]]
    else:
        group = pl.struct(table.groups)
        said = [pl.len().over(group), pl.col(next(iter(table.fields))).max().over(group)]
    said.append(pl.struct(table.groups).hash(seed=0))
    return pl.arg_sort_by(said, descending=True, nulls_last=True)
