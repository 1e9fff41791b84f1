"""The main job on one screen: inputs in, incidents and a result directory out.

open -> spool (flows to disk, their columns kept) -> home -> engine -> incidents -> faces
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from lynceus import correlate, ingest, language
from lynceus.account import Account
from lynceus.baseline import teaching
from lynceus.baseline.progress import told as still_learning
from lynceus.config import Config
from lynceus.engine import with_scores
from lynceus.enrich.home import HomeNetworks, infer_home
from lynceus.equipment import Equipment
from lynceus.incident import Incident
from lynceus.inventory.observed import observed
from lynceus.inventory.presence import logins
from lynceus.models import Scoring
from lynceus.present.table import TableWriter
from lynceus.protocols import Model, Source
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, LEAN, Batch, conform
from lynceus.suppress import nothing_hidden
from lynceus.trust import Losses, lowered, told

JUDGED_TOGETHER = 65_536
"""Most flows that wait, with all their columns, to be judged together."""

Progress = Callable[[float], None]
"""Told how much of the input has been read, 0..1."""


@dataclass(frozen=True)
class Analysis:
    """What an analysis found and what it rests on."""

    incidents: list[Incident]
    """In order of priority."""
    findings: pl.DataFrame
    """All findings, in `FINDING_SCHEMA`."""
    flows: pl.DataFrame
    """All flows with the columns that are kept for the detectors (`LEAN`), as they ended."""
    events: dict[str, pl.DataFrame]
    """All protocol events, by table."""
    facts: pl.DataFrame
    """What enrichment knows of every address in the findings: one row an address."""
    home: HomeNetworks
    """The inside, named or inferred, and why."""
    account: Account
    """What was read, kept and dropped, by the source and the engine."""
    detectors: tuple[str, ...]
    """The detectors that ran."""
    failed: dict[str, str]
    """Detectors that failed, with the reason."""
    told: tuple[str, ...] = ()
    """Lines about entries of the user's lists that were not used and why, and what was hidden."""
    hidden: pl.DataFrame = field(default_factory=nothing_hidden)
    """Findings that suppressions hid, with `suppressed_by`; they are in no incident."""


class Spool:
    """Takes batches of a source: whole rows to disk where asked, lean rows kept for the engine.

    Models judge flows here, while all their columns are at hand; what they say is kept. Flows wait
    for one another, for to judge a few is nearly as dear as to judge many.
    """

    def __init__(self, out: Path | None, models: Scoring | None = None) -> None:
        self._out = out
        self._models = models or Scoring()
        none = self._models.scored(pl.DataFrame(schema=FLOW_SCHEMA))
        self._whole = with_scores(FLOW_SCHEMA, none)
        self._lean = with_scores(LEAN, none)
        self._stack = ExitStack()
        self._writers: dict[str, TableWriter] = {}
        self._waiting: list[pl.DataFrame] = []
        self._flows: list[pl.DataFrame] = []
        self._events: dict[str, list[pl.DataFrame]] = {}

    def __enter__(self) -> Spool:
        if self._out:
            (self._out / "events").mkdir(parents=True, exist_ok=True)
            self._open("flows", self._out / "flows.parquet", self._whole)
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def take(self, batch: Batch) -> None:
        """Keeps the lean columns, hands the whole rows to the writers."""
        waiting = sum(flows.height for flows in self._waiting)
        if not self._models.models or waiting + batch.flows.height > JUDGED_TOGETHER:
            self._judge()
        self._waiting.append(batch.flows)
        for name, frame in batch.events.items():
            self._events.setdefault(name, []).append(frame)
            self._write(name, frame)

    def rows(self) -> Batch:
        """Everything that was taken, lean; it is held no longer."""
        self._judge()
        flows, events = self._flows, self._events
        self._flows, self._events = [], {}
        return Batch(
            pl.concat([pl.DataFrame(schema=self._lean), *flows]),
            {name: pl.concat(frames) for name, frames in events.items()},
        )

    def _judge(self) -> None:
        if not self._waiting:
            return
        scored = self._models.scored(pl.concat(self._waiting, how="diagonal"))
        begin = 0
        # Batch by batch, as they came: put together they would be copied.
        for flows in self._waiting:
            said = scored.slice(begin, flows.height).select(self._models.columns)
            begin += flows.height
            judged = flows.with_columns(said.iter_columns())
            self._flows.append(conform(judged, self._lean))
            self._write("flows", judged)
        self._waiting = []

    def _write(self, name: str, frame: pl.DataFrame) -> None:
        if not self._out:
            return
        if name not in self._writers:
            self._open(name, self._out / "events" / f"{name}.parquet", EVENT_SCHEMAS[name])
        self._writers[name].write(frame)

    def _open(self, name: str, path: Path, schema: pl.Schema) -> None:
        self._writers[name] = self._stack.enter_context(TableWriter(path, schema))


def analyze(  # noqa: PLR0913 - each is one thing a person may say
    inputs: str | Path | Sequence[str | Path] | pl.DataFrame,
    *,
    config: Config | None = None,
    site: str | None = None,
    home: Sequence[str] | None = None,
    intel: Sequence[str | Path] | None = None,
    assets: str | Path | None = None,
    suppress: str | Path | None = None,
    detections: str | Path | None = None,
    policy: str | Path | None = None,
    pseudonyms: str | Path | None = None,
    models: Sequence[Model] | None = None,
    baseline: str | Path | None = None,
    anomalies_per_day: float | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> Analysis:
    """Analyses captures, logs and lists as one stream.

    `inputs` are paths (`-` is standard input) or a frame of flows in Lynceus' columns. `config` is
    what a person set for good (`lynceus.config`); what is named here goes before it. `home`
    names the inside as networks; without it the inside is inferred and `Analysis.home` says why.
    `detections` is a folder of the user's own detections, `policy` a file of his rules.
    `suppress` is a file of what is not to be told (`lynceus.suppress`).
    `pseudonyms` is the key with which the people of the site get other names while they are read.
    `models` judge the flows: those of this installation where none are named.
    `baseline` is a directory that knows what is usual (`lynceus.baseline`): the input is compared
    with it, about `anomalies_per_day` are told of that, and it learns from the input.
    With `out`, flows and events are written there as Parquet while they are read.

    Raises `lynceus.InputError` where an input cannot be used, `lynceus.own.OwnFileError` where a
    detection or the policy cannot, `lynceus.baseline.StateError` where the baseline cannot.
    """
    given = (config or Config()).but(
        site=site, home=home, intel=intel, assets=assets, suppress=suppress,
        detections=detections, policy=policy, pseudonyms=pseudonyms, baseline=baseline,
        anomalies_per_day=anomalies_per_day,
    )  # fmt: skip
    language.use(given.catalogue)
    # A capture is metered from here on, while the rest is made ready.
    source = ingest.without_names(_source(inputs, given.site), given.pseudonyms)
    with_it = Equipment.of(given, models)
    with (
        ThreadPoolExecutor(max_workers=1) as beside,
        Spool(Path(out) if out else None, with_it.scoring) as spool,
    ):
        for batch in source.batches():
            spool.take(batch)
            if progress:
                progress(ingest.progress(source))
        # A file is one batch, whose windows all close at its end. The tables are written on while
        # the engine works and the incidents are told.
        rows = spool.rows()
        inside = infer_home(rows.flows, rows.events, named=given.home)
        last_ns = rows.last_ns
        engine = with_it.engine(inside, at_ns=last_ns)
        early = engine.advance(rows)
        # What devices say is read in the pauses that closing windows leaves to a core.
        devices = beside.submit(observed, rows.flows, rows.events, inside.networks, in_short=True)
        findings = pl.concat([early, engine.finish()])
        findings = correlate.with_processes(findings, rows.events.get("process"))
        known, roles = with_it.known, with_it.usual.roles if with_it.usual else None
        findings = known.with_users(findings, logins(rows.events))
        findings = with_it.compared(findings, engine)
        ends = pl.concat([findings["orig_h"], findings["resp_h"].rename("orig_h")])
        losses = Losses.of(source.account, rows.flows)
        findings, doubted = lowered(findings, losses)
        facts = engine.facts.of("address", ends).sort("value")
        stays = known.stays(devices.result(), facts["value"])
        facts = known.about(facts, last_ns, stays, roles)
        facts = known.with_people(facts, findings)
        hidden = engine.hidden()
        incidents = correlate.incidents(
            findings, facts=facts, doubted=doubted, config=given.correlate
        )
    lines = [*with_it.problems, *with_it.scoring.told()]
    lines += [*told(losses), *with_it.quiet.told(hidden)]
    if with_it.usual and given.baseline:
        lines += still_learning(with_it.usual)
        teaching.taught(with_it.usual, engine).write(given.baseline)
    return Analysis(
        incidents=incidents,
        findings=findings,
        flows=rows.flows,
        events=dict(rows.events),
        facts=facts,
        home=inside,
        account=source.account,
        detectors=tuple(engine.detectors),
        failed=engine.failed,
        told=tuple(lines),
        hidden=hidden,
    )


def _source(inputs: str | Path | Sequence[str | Path] | pl.DataFrame, site: str) -> Source:
    if isinstance(inputs, str | Path):
        return ingest.open_inputs([inputs], site=site)
    if isinstance(inputs, Sequence):
        return ingest.open_inputs(inputs, site=site)
    return ingest.open_frame(inputs, site=site)
