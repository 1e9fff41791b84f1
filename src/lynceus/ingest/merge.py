"""Several inputs as one stream, in the order of time; what two of them tell counts once.

A source may give its rows in any order. Rows wait here until every source has come past their
end, then leave sorted by it. Copies of a record end at the same time, so they leave together and
one of them is kept. Rows without a time leave last. A single source needs no such wait. Where one
tells of processes, all rows wait for the end, since a process and its flow end at different times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from lynceus.account import Account
from lynceus.ingest.identity import SAME_RECORD
from lynceus.ingest.process_join import explained
from lynceus.ingest.repeats import events_once
from lynceus.protocols import Source
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch, conform

FLOWS = "flows"


@dataclass
class _Waiting:
    """What one source has told and what is not past yet."""

    batches: Iterator[Batch]
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    past_ns: int | None = None
    """No more rows of this source end before; None: it has not said yet."""
    first_ns: int | None = None
    """No row that waits here ends before."""
    done: bool = False

    def pull(self) -> None:
        batch = next(self.batches, None)
        if batch is None:
            self.done = True
            return
        for name, frame in ((FLOWS, batch.flows), *batch.events.items()):
            if frame.height:
                held = self.tables.get(name)
                self.tables[name] = frame if held is None else pl.concat([held, frame])
                self._count(frame[_end_column(name)])
        if batch.watermark_ns is not None:
            self.past_ns = max(batch.watermark_ns, self.past_ns or batch.watermark_ns)

    def release(self, until_ns: int | None) -> dict[str, pl.DataFrame]:
        """Takes out the rows that end before (None: all)."""
        if until_ns is None:
            whole, self.tables = self.tables, {}
            return whole
        out: dict[str, pl.DataFrame] = {}
        if self.first_ns is None or self.first_ns >= until_ns:
            return out
        self.first_ns = None
        for name, frame in self.tables.items():
            over = (frame[_end_column(name)] < until_ns).fill_null(value=False)
            if over.any():
                out[name] = frame.filter(over)
                self.tables[name] = frame.filter(~over)
            self._count(self.tables[name][_end_column(name)])
        return out

    def _count(self, ends: pl.Series) -> None:
        first = ends.min()
        if isinstance(first, int):
            self.first_ns = first if self.first_ns is None else min(first, self.first_ns)


class Merged:
    """One source made of several; also puts the rows of a single one in order."""

    def __init__(self, sources: Sequence[Source], left: Account | None = None) -> None:
        self.sources = tuple(sources)
        self._left = left or Account()
        """What of the inputs is in none of the sources, such as files that are not used."""
        self._repeats = Account()
        self._waiting: list[_Waiting] = []

    @property
    def account(self) -> Account:
        """The accounts of all sources together, and the records that more than one told."""
        total = Account()
        for source in self.sources:
            total.merge(source.account)
        total.merge(self._left)
        total.merge(self._repeats)
        return total

    def batches(self) -> Iterator[Batch]:
        """Batches sorted by end, each with the watermark that all sources have reached.

        What a single source cuts into batches passes as it is, behind its own watermark.
        """
        if len(self.sources) == 1:
            yield from self._alone()
            return
        waiting = self._waiting = [
            _Waiting(source.batches(), past_ns=_begin_of(source)) for source in self.sources
        ]
        while open_ones := [w for w in waiting if not w.done]:
            unsaid = [w for w in open_ones if w.past_ns is None]
            behind = unsaid[0] if unsaid else min(open_ones, key=lambda w: w.past_ns or 0)
            behind.pull()
            reached = _reached(waiting)
            open_ones = [w for w in waiting if not w.done]
            if open_ones and (reached is None or any("process" in w.tables for w in waiting)):
                continue
            released = [w.release(reached) for w in waiting]
            if any(released):
                yield self._once(released, reached)

    def _alone(self) -> Iterator[Batch]:
        (waiting,) = self._waiting = [_Waiting(self.sources[0].batches())]
        for batch in waiting.batches:
            yield batch if batch.watermark_ns is not None else sorted_by_end(batch)
        waiting.done = True

    def progress(self) -> float:
        """Share of the inputs that has been read, 0 to 1; each input counts alike."""
        shares = [
            1.0
            if waiting.done
            else share()
            if (share := getattr(source, "progress", None))
            else 0.0
            for waiting, source in zip(self._waiting, self.sources, strict=False)
        ]
        return sum(shares) / len(self.sources)

    def _once(self, released: Sequence[dict[str, pl.DataFrame]], reached: int | None) -> Batch:
        flows = [tables[FLOWS] for tables in released if FLOWS in tables]
        told = pl.concat([pl.DataFrame(schema=FLOW_SCHEMA), *flows])
        once = told
        if len(flows) > 1:
            labelled_first = told.with_row_index("_row").sort(pl.col("label").is_null(), "_row")
            once = labelled_first.unique(SAME_RECORD, keep="first", maintain_order=True)
            once = once.sort("_row").drop("_row")
        again = told.height - once.height
        events = {}
        for name in EVENT_SCHEMAS:
            tables = [tables[name] for tables in released if name in tables]
            if tables:
                events[name], repeated = events_once(tables)
                again += repeated
        flows_once, events = explained(once, events)
        again += once.height - flows_once.height
        self._repeats.drop("duplicate", again)
        self._repeats.kept -= again
        return sorted_by_end(Batch(flows_once, events, reached))


def sorted_by_end(batch: Batch) -> Batch:
    """The batch with its rows in the order of their end; those without a time last, as told."""
    flows = _sorted(batch.flows, "end_ns", "ts_ns")
    events = {name: _sorted(frame, "ts_ns") for name, frame in batch.events.items()}
    return Batch(flows, events, batch.watermark_ns)


def _sorted(frame: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Sorted, moving only columns that hold anything: most of a log's flow are null."""
    if frame[by[0]].null_count() == frame.height:
        return frame
    held = [s.name for s in frame if s.null_count() < s.len() or s.name in by]
    moved = frame.select(held).sort(by, nulls_last=True, maintain_order=True)
    return conform(moved, frame.schema)


def _begin_of(source: Source) -> int | None:
    """The time before which nothing of a source ends, where it can tell before it is read.

    Captures of a day that lie side by side are so opened one after another.
    """
    begins = getattr(source, "begins_ns", None)
    told = begins() if begins else None
    return None if told is None else int(told)


def _end_column(table: str) -> str:
    return "end_ns" if table == FLOWS else "ts_ns"


def _reached(waiting: Sequence[_Waiting]) -> int | None:
    """The time all open sources are past; None while one has not said, or when all are done."""
    past = [w.past_ns for w in waiting if not w.done]
    return None if not past or None in past else min(p for p in past if p is not None)
