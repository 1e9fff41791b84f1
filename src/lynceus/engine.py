"""The whole data path: batches in, findings out, in event time.

    batch -> enrich -> window states -> (watermark passes) -> features -> detectors -> findings

The same code serves a file and the wire: a file is a few large batches, live is many small ones,
and any cut of the same rows gives the same findings. Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal
from weakref import WeakKeyDictionary

import polars as pl

from lynceus.account import Account
from lynceus.detect.finding import dressed, with_flows
from lynceus.enrich.facts import Facts
from lynceus.features.flow import with_row_features
from lynceus.features.window import Table, Window, end_of_row
from lynceus.models.scoring import Scoring
from lynceus.open_windows import OpenWindows
from lynceus.protocols import Detector, Enricher
from lynceus.records import EVENT_SCHEMAS, FINDING_SCHEMA, LEAN, SCORED, Batch, conform
from lynceus.suppress import Suppressions, nothing_hidden
from lynceus.trail import Trail

ENGINE: Literal["in-memory"] = "in-memory"
"""Polars' streaming engine (2.1) panics now and then in text expressions over cut frames."""

FAILURES = (
    pl.exceptions.PanicException,
    pl.exceptions.PolarsError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What a detector may fail with, without the others being stopped."""

PIECE = 131_072
"""Most rows that are enriched and counted at once: bounds what is needed in between."""

SCHEMAS: dict[str, pl.Schema] = {
    "flows": LEAN,
    **EVENT_SCHEMAS,
}

_SILENT: WeakKeyDictionary[Table, dict[frozenset[str], pl.DataFrame]] = WeakKeyDictionary()
"""By table and what enrichers may add: the table without rows, the same for every engine."""


class Engine:
    """Runs detectors over batches; holds the open windows and nothing else."""

    def __init__(
        self,
        detectors: Mapping[str, Detector],
        enrichers: Sequence[Enricher] = (),
        *,
        suppressions: Suppressions | None = None,
        models: Scoring | None = None,
        watched: Sequence[Window] = (),
        windows_bytes: int | None = None,
    ) -> None:
        """`watched` are tables whose windows `seen` gives; `windows_bytes` is what all open windows
        may take in memory (None: as much as they need)."""
        self.detectors = dict(detectors)
        self.facts = Facts(enrichers)
        """What is known of the addresses, names and fingerprints that came by."""
        self.models = models or Scoring()
        """What was learned of flows; its columns are there before a window counts."""
        self.account = Account()
        """Rows of all tables: received, kept, and dropped as `late`."""
        self.failed: dict[str, str] = {}
        """Detectors that failed, with the reason; the others go on."""
        self.suppressions = suppressions or Suppressions()
        self._hidden: list[pl.DataFrame] = []
        self._watched: dict[int, list[pl.DataFrame]] = {id(table): [] for table in watched}
        self._closed_ns: int | None = None
        read = (t for d in self.detectors.values() for t in d.reads)
        self._tables = _finer_first([*read, *watched])
        self.open_windows = OpenWindows(self._tables, windows_bytes)
        self._no_rows: dict[str, pl.LazyFrame] = {}
        """No rows of a table, made ready."""
        self.trail = Trail(self.step_ns, max((t.width_ns for t in self._tables), default=0))
        """The flows of the open windows."""

    @property
    def step_ns(self) -> int:
        """Windows close at multiples of this, and at no other time."""
        return min((table.width_ns for table in self._tables), default=60_000_000_000)

    def advance(self, batch: Batch) -> pl.DataFrame:
        """Takes a batch in; gives the findings of the windows that its watermark closes."""
        rows = {"flows": batch.flows, **batch.events}
        self.facts.learn(batch.events)
        for of, frame in rows.items():
            on_time = self._on_time(frame)
            schema = SCHEMAS[of]
            if of == "flows":
                self.trail.add(on_time)
                on_time = self.models.scored(on_time)
                schema = with_scores(schema, on_time)
            for piece in on_time.iter_slices(PIECE):
                # In one chunk, for what follows gathers rows, which is slow across chunks.
                self._take(of, conform(piece.rechunk(), schema))
        if batch.watermark_ns is None:
            return pl.DataFrame(schema=FINDING_SCHEMA)
        return self._close(batch.watermark_ns)

    def lost(self) -> dict[str, float]:
        """Detectors of whose windows that closed last groups had gone for want of room, and which
        share of them."""
        shares = {
            name: max((self.open_windows.lost(table) for table in detector.reads), default=0.0)
            for name, detector in self.detectors.items()
        }
        return {name: share for name, share in shares.items() if share}

    def finish(self) -> pl.DataFrame:
        """The findings of all windows that are still open: the input has ended."""
        return self._close(None)

    def hidden(self) -> pl.DataFrame:
        """Findings that the suppressions hid since this was asked last, with `suppressed_by`."""
        hidden, self._hidden = self._hidden, []
        return pl.concat([nothing_hidden(), *hidden])

    def seen(self, table: Window) -> pl.DataFrame:
        """The windows of a `watched` table that have closed since this was asked last."""
        closed, self._watched[id(table)] = self._watched[id(table)], []
        return pl.concat([self._nothing(table), *closed])

    def so_far(self, table: Window, keys: pl.Series) -> pl.DataFrame:
        """The windows of a `watched` table that `seen` would give, and those that are open as far
        as they are, of some values of its first key. Nothing is taken out."""
        mine = pl.col(table.key[0]).is_in(keys.implode())
        told = [closed.filter(mine) for closed in self._watched[id(table)]]
        states = self.open_windows.states(table)
        begun = [one for state in states if (one := state.filter(mine)).height]
        if begun:
            told.append(table.finish(table.merge(begun).rechunk()))
        return pl.concat([self._nothing(table), *told])

    def snapshot(self) -> dict[str, Any]:
        """Everything that is open, to be pickled and resumed by an engine of the same detectors."""
        return {
            **self.open_windows.snapshot(),
            "trail": self.trail.snapshot(),
            "closed_ns": self._closed_ns,
            "account": self.account,
            "failed": self.failed,
            "hidden": self._hidden,
            "watched": list(self._watched.values()),
        }

    def resume(self, snapshot: Mapping[str, Any]) -> None:
        """Goes on where `snapshot` was taken. Raises ValueError on one of other detectors."""
        self.open_windows.resume(snapshot)
        self.trail.resume(snapshot["trail"])
        self._closed_ns = snapshot["closed_ns"]
        self.account = snapshot["account"]
        self.failed = dict(snapshot["failed"])
        self._hidden = list(snapshot["hidden"])
        self._watched = dict(zip(self._watched, map(list, snapshot["watched"]), strict=True))

    def _on_time(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Counts the rows in; those that end before the last closing are late and left out."""
        self.account.received += frame.height
        if self._closed_ns is not None:
            end = end_of_row(frame.columns)
            frame = frame.filter(end.is_null() | (end >= self._closed_ns))
        self.account.kept += frame.height
        late = self.account.received - self.account.kept - sum(self.account.dropped.values())
        self.account.drop("late", late)
        return frame

    def _take(self, of: str, rows: pl.DataFrame) -> None:
        """Adds what these rows say to the states of the tables that are made of rows."""
        tables = [table for table in self._tables if table.of == of and table.finer is None]
        if not tables or not rows.height:
            return
        ready = self._ready(of, rows)
        self._no_rows.setdefault(of, ready.clear())
        partials = pl.collect_all([table.partial(ready) for table in tables], engine=ENGINE)
        for table, partial in zip(tables, partials, strict=True):
            self.open_windows.add(table, partial)
        self.open_windows.keep_within()

    def _ready(self, of: str, rows: pl.DataFrame) -> pl.LazyFrame:
        """Rows with all that a table may be made of."""
        ready = with_row_features(of, self.facts.join(of, rows)).lazy()
        return ready.with_columns(no_scores(rows)) if of == "flows" else ready

    def _close(self, until_ns: int | None) -> pl.DataFrame:
        """Closes the windows that end by `until_ns` (None: all) and lets the detectors speak."""
        if until_ns is not None:
            until_ns -= until_ns % self.step_ns
            if self._closed_ns is not None and until_ns <= self._closed_ns:
                return pl.DataFrame(schema=FINDING_SCHEMA)
        closed: dict[int, pl.DataFrame] = {}
        for table in self._tables:
            over = self.open_windows.over(table, until_ns, self._closed_ns)
            if over is None or not over.height:
                continue
            self.open_windows.roll(table, over)
            # Polars 2.1 panics now and then where text is put together from several chunks.
            if (features := table.finish(over).rechunk()).height:
                closed[id(table)] = features
                if id(table) in self._watched:
                    self._watched[id(table)].append(features)
        if until_ns is not None:
            self._closed_ns = until_ns
        findings = self._detect(closed)
        self.trail.forget(until_ns)
        return findings

    def _nothing(self, table: Table) -> pl.DataFrame:
        """What a table has to say when none of its windows closes: nothing, in its columns."""
        silent = _SILENT.setdefault(table, {})
        if self.facts.columns not in silent:
            if table.of not in self._no_rows:
                none = pl.DataFrame(schema=SCHEMAS[table.of])
                self._no_rows[table.of] = self._ready(table.of, none)
            states = pl.DataFrame(schema=table.partial(self._no_rows[table.of]).collect_schema())
            silent[self.facts.columns] = table.finish(states)
        return silent[self.facts.columns]

    def _detect(self, closed: Mapping[int, pl.DataFrame]) -> pl.DataFrame:
        """What the detectors say of closed windows; who has nothing to read is not asked."""
        spoken: dict[str, pl.LazyFrame] = {}
        for name, detector in self.detectors.items():
            if name in self.failed or not any(id(table) in closed for table in detector.reads):
                continue
            try:
                tables = [
                    closed[id(table)] if id(table) in closed else self._nothing(table)
                    for table in detector.reads
                ]
                spoken[name] = detector.findings(*(table.lazy() for table in tables))
            except FAILURES as error:
                self._fail(name, error)
        found = []
        for name, frame in self._collected(spoken).items():
            try:
                found.append(dressed(name, self.detectors[name], frame))
            except FAILURES as error:
                self._fail(name, error)
        findings = pl.concat([pl.DataFrame(schema=FINDING_SCHEMA), *found])
        if findings.height:
            findings = with_flows(findings, self.trail.rows())
        told, hidden = self.suppressions.parted(findings.sort("window_start_ns", "detector", "id"))
        if hidden.height:
            self._hidden.append(hidden)
        return told

    def _collected(self, spoken: Mapping[str, pl.LazyFrame]) -> dict[str, pl.DataFrame]:
        """All detectors in one go; should one fail, one by one without it."""
        try:
            frames = pl.collect_all(list(spoken.values()), engine=ENGINE)
            return dict(zip(spoken, frames, strict=True))
        except FAILURES:
            collected = {}
            for name, frame in spoken.items():
                try:
                    collected[name] = frame.collect(engine=ENGINE)
                except FAILURES as error:
                    self._fail(name, error)
            return collected

    def _fail(self, name: str, error: BaseException) -> None:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        self.failed[name] = reason


def with_scores(schema: pl.Schema, flows: pl.DataFrame) -> pl.Schema:
    """A schema of flows with the columns of `SCORED` that these flows have."""
    scores = {name: dtype for name, dtype in SCORED.items() if name in flows.columns}
    return pl.Schema({**schema, **scores})


def no_scores(flows: pl.DataFrame) -> list[pl.Expr]:
    """The columns of `SCORED` that these flows lack, null: made only where a table reads them."""
    return [
        pl.lit(None, dtype).alias(name)
        for name, dtype in SCORED.items()
        if name not in flows.columns
    ]


def _finer_first(read: Iterable[Table]) -> tuple[Table, ...]:
    """The tables that are read, each once, each after the one it is made of."""
    tables: dict[int, Table] = {}
    for table in read:
        chain: list[Table] = [table]
        while (finer := chain[-1].finer) is not None:
            chain.append(finer)
        tables |= {id(t): t for t in reversed(chain) if id(t) not in tables}
    return tuple(tables.values())
