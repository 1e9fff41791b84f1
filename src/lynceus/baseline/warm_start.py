"""A baseline from what is there already: old logs, captures, flow tables, results of analyses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from lynceus import enrich, ingest
from lynceus.baseline import teaching
from lynceus.baseline.state import State
from lynceus.engine import Engine
from lynceus.enrich.home import infer_home
from lynceus.features.profile import PROFILES
from lynceus.records import LEAN, Batch, conform
from lynceus.results import FLOWS


def learned(
    inputs: Sequence[str | Path],
    folder: Path,
    *,
    site: str = "default",
    home: Sequence[str] = (),
    per_day: float | None = None,
    told: Callable[[float], None] | None = None,
) -> State:
    """Teaches the state of a directory, a new one where there is none, and writes it.

    Inputs are read as one stream, so that an hour may be spread over several files; a result
    directory stands for the flows in it. Raises `lynceus.InputError` on inputs that cannot be
    used, StateError on a directory that holds something else.
    """
    state = teaching.opened(folder, per_day)
    options = ingest.ReadOptions(site=site, events=False)
    source = ingest.open_inputs([_flows_of(Path(i)) for i in inputs], options=options)
    frames = [pl.DataFrame(schema=LEAN)]
    for batch in source.batches():
        frames.append(conform(batch.flows, LEAN))
        if told:
            told(ingest.progress(source))
    flows = pl.concat(frames)
    inside = infer_home(flows, {}, named=home)
    engine = Engine({}, enrich.enrichers(inside), watched=PROFILES)
    engine.advance(Batch(flows))
    engine.finish()
    after = teaching.taught(state, engine)
    after.write(folder)
    return after


def _flows_of(path: Path) -> Path:
    return path / FLOWS if path.is_dir() and (path / FLOWS).exists() else path
