"""What two sources tell counts once, as in an analysis of both together.

Rows are remembered by a hash until event time has passed their end: what comes then is late. Equal
rows of one source are that many rows; the nth of them in one source is the same as the nth in
another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from lynceus.account import Account
from lynceus.compacted import bytes_of
from lynceus.ingest.identity import SAME_RECORD
from lynceus.ingest.repeats import NOT_COMPARED
from lynceus.records import Batch

MOST = 2_000_000
"""Rows of one table that are remembered; of more the first that came are forgotten."""
LEFT = 0.75
"""Share of `MOST` that is left then."""
SCHEMA = pl.Schema(
    {"key": pl.UInt64(), "nth": pl.UInt32(), "source": pl.UInt32(), "end_ns": pl.Int64()}
)


class Once:
    """Leaves out of what a source tells what another has told before."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._told: dict[str, pl.DataFrame] = {}
        """By table what was told, in `SCHEMA`."""
        self._sources: list[str] = []
        """The names of the sources; their places are the numbers in `SCHEMA`."""

    def batch(self, source: str, batch: Batch, account: Account) -> Batch:
        """The rows that no other source has told; the others are counted as `duplicate`."""
        rows = {"flows": batch.flows, **batch.events}
        for table, frame in rows.items():
            if frame.height:
                rows[table] = new = frame.filter(~self._again(source, table, frame))
                account.drop("duplicate", frame.height - new.height)
                account.kept -= frame.height - new.height
        return Batch(rows.pop("flows"), rows, batch.watermark_ns)

    def _again(self, source: str, table: str, rows: pl.DataFrame) -> pl.Series:
        """Whether each row was told by another source."""
        if source not in self._sources:
            self._sources.append(source)
        number = self._sources.index(source)
        flows = table == "flows"
        compared = rows.select(SAME_RECORD) if flows else rows.drop(NOT_COMPARED, strict=False)
        end = rows["end_ns" if flows else "ts_ns"].rename("end_ns")
        came = pl.DataFrame([compared.hash_rows(seed=1).alias("key"), end])
        told = self._told.get(table, pl.DataFrame(schema=SCHEMA))
        near = told.join(came, on="key", how="semi")
        own = pl.col("source") == number
        before = near.filter(own).group_by("key").agg(before=pl.len())
        place = pl.int_range(pl.len(), dtype=pl.UInt32).over("key")
        came = came.join(before, on="key", how="left", maintain_order="left").select(
            "key",
            nth=place + pl.col("before").fill_null(0),
            source=pl.lit(number, pl.UInt32),
            end_ns="end_ns",
        )
        elsewhere = near.filter(~own).select("key", "nth", again=True).unique()
        again = came.join(elsewhere, on=["key", "nth"], how="left", maintain_order="left")["again"]
        told = pl.concat([told, came])
        self._told[table] = told if told.height <= self._most else told.tail(self._kept)
        return again.fill_null(value=False)

    @property
    def bytes(self) -> int:
        """What is remembered takes so much in memory."""
        return sum(bytes_of(told) for told in self._told.values())

    @property
    def _kept(self) -> int:
        return int(self._most * LEFT)

    def forget(self, until_ns: int | None) -> None:
        """Event time has come so far: what ended before is not told again in time."""
        if until_ns is not None:
            here = (pl.col("end_ns") >= until_ns).fill_null(value=True)
            self._told = {table: told.filter(here) for table, told in self._told.items()}

    def snapshot(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"told": dict(self._told), "sources": list(self._sources)}

    def resume(self, snapshot: Mapping[str, Any]) -> None:
        """Goes on where a snapshot was taken."""
        self._told, self._sources = dict(snapshot["told"]), list(snapshot["sources"])
