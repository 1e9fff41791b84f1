"""The flows of windows that are still open, in few columns: they name those behind a finding.

What is carried on past a closing is bounded, for a window may last a week. Of flows that no finding
can tell apart as many are kept as a finding names, and one of them stands for all others, so that
totals stay what they are. Where that is not enough the oldest go, and are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from lynceus.compacted import bytes_of, compacted
from lynceus.detect.finding import ENTITY, MORE, UIDS
from lynceus.records import FLOW_SCHEMA, conform

SCHEMA = pl.Schema(
    {
        **{name: FLOW_SCHEMA[name] for name in ("uid", "site", *ENTITY, "ts_ns", "end_ns")},
        MORE: pl.UInt32(),
    }
)
"""What is kept of a flow."""

MOST = 1_000_000
"""Most rows that are carried on: about 100 MiB."""

LEFT = 0.75
"""Share of `MOST` that is left when rows have to go, so that it is not done again at once."""

_PIECES = 64
"""Most pieces in which the rows are left lying."""


class Trail:
    """Flows until their windows have closed. Windows begin and end at multiples of `step_ns` and
    last at most `keep_ns`."""

    def __init__(self, step_ns: int, keep_ns: int, most: int = MOST) -> None:
        self._step_ns, self._keep_ns, self._most = step_ns, keep_ns, most
        self._rows = [pl.DataFrame(schema=SCHEMA)]
        self.lost = 0
        """Flows that went before their windows closed: findings may name and count fewer."""

    def add(self, flows: pl.DataFrame) -> None:
        """Takes in flows that have ended."""
        self._rows.append(conform(flows.with_columns(pl.lit(0).alias(MORE)), SCHEMA))

    def rows(self) -> pl.DataFrame:
        """All of them, in `SCHEMA`."""
        return pl.concat(self._rows)

    def forget(self, until_ns: int | None) -> None:
        """Drops flows that no window can hold which is open at this time; None: all."""
        none = self._rows[0].clear()
        if until_ns is None:
            self._rows = [none]
            return
        still = (until_ns - self._keep_ns <= _END).fill_null(True)
        # What stays whole stays the same frame: a checkpoint writes it once.
        rows = [one if one.select(still.all()).item() else one.filter(still) for one in self._rows]
        self._rows = [one for one in rows if one.height] or [none]
        if sum(one.height for one in self._rows) > self._most:
            self._rows = [compacted(self._thinned(pl.concat(self._rows)))]
        elif len(self._rows) > _PIECES:
            self._rows = [compacted(pl.concat(self._rows))]

    @property
    def bytes(self) -> int:
        """What they take in memory."""
        return sum(bytes_of(rows) for rows in self._rows)

    def snapshot(self) -> dict[str, Any]:
        """What is carried on."""
        return {"rows": self._rows, "lost": self.lost}

    def resume(self, snapshot: Mapping[str, Any]) -> None:
        """Goes on from a `snapshot`."""
        self._rows, self.lost = list(snapshot["rows"]), snapshot["lost"]

    def _thinned(self, rows: pl.DataFrame) -> pl.DataFrame:
        step = _END.floordiv(self._step_ns).alias("step")
        alike = [step, pl.col("site"), *map(pl.col, ENTITY)]
        # Few flows have many that are alike; only of these it is worth looking which.
        many = rows.select(pl.len().over(pl.struct(alike).hash(seed=0)) > UIDS).to_series()
        if many.any():
            rows = pl.concat([rows.filter(~many), _one_for_many(rows.filter(many), alike)])
        if rows.height <= self._most:
            return rows
        # Flows without a time are in a window that closes at the very end: they go first.
        rows = rows.sort(_END, "uid", nulls_last=False)
        gone = rows.height - int(self._most * LEFT)
        self.lost += int(rows[MORE].head(gone).sum()) + gone
        return rows.slice(gone)


_END = pl.coalesce("end_ns", "ts_ns")


def _one_for_many(rows: pl.DataFrame, alike: list[pl.Expr]) -> pl.DataFrame:
    """Of rows that are alike as many as a finding names, the first for all others."""
    place = pl.col("uid").rank("ordinal").over(alike)
    stands_for = (pl.col(MORE) + 1).filter(place > UIDS).sum().over(alike)
    return (
        rows.with_columns(place=place, others=stands_for)
        .filter(pl.col("place") <= UIDS)
        .with_columns(
            pl.when(pl.col("place") == 1)
            .then(pl.col(MORE) + pl.col("others"))
            .otherwise(MORE)
            .cast(pl.UInt32)
            .alias(MORE)
        )
        .select(SCHEMA.names())
    )
