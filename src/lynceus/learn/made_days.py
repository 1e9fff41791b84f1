"""Days of a made-up office as a baseline sees them: hours of hosts, pairs, services and flows.

No labelled set at hand has whole weeks of a site in it, and none that was sampled by label may
teach what hours are like; the lab's office may.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from lynceus import enrich, ingest
from lynceus.baseline.subject import SUBJECTS, rows_of
from lynceus.engine import Engine
from lynceus.enrich.home import infer_home
from lynceus.features.profile import PROFILES
from lynceus.lab import generate
from lynceus.records import LEAN, Batch, conform

SITE = "office-quiet"


@dataclass(frozen=True, eq=False)
class MadeDay:
    """One working day."""

    hours: Mapping[str, pl.DataFrame]
    """By subject, as `baseline.subject.rows_of` gives them."""
    attack: str | None
    """What was planted; None: an ordinary day."""
    parties: frozenset[str]
    """Addresses that began the attack or that it was aimed at."""
    passing: frozenset[str]
    """Addresses that passed it on without guilt."""

    @property
    def hosts(self) -> frozenset[str]:
        """Inside hosts that were there and had no part in it."""
        return frozenset(self.hours["host"]["host"]) - self.parties - self.passing


def made_day(day: int, attack: str | None = None, *, seed: int = 1, scale: float = 1.0) -> MadeDay:
    """The day that many working days after the first of the office of a seed."""
    with TemporaryDirectory() as folder:
        planted = {"attack": [attack]} if attack else {}
        lab = generate(SITE, seed, Path(folder), day=day, scale=scale, **planted)  # type: ignore[arg-type]
        source = ingest.open_inputs([lab.captures[0]], options=ingest.ReadOptions(events=False))
        batches = [conform(batch.flows, LEAN) for batch in source.batches()]
        flows = pl.concat([pl.DataFrame(schema=LEAN), *batches])
        truth = [json.loads(line) for line in lab.truth.read_text("utf-8").splitlines()]
    engine = Engine({}, enrich.enrichers(infer_home(flows, {})), watched=PROFILES)
    engine.advance(Batch(flows))
    engine.finish()
    hours = {s.name: rows_of(s, [engine.seen(table) for table in s.tables]) for s in SUBJECTS}
    parties = {host for told in truth for host in (*told["orig_h"], *told["resp_h"])}
    passing = {host for told in truth for host in told["via"]}
    return MadeDay(hours, attack, frozenset(parties), frozenset(passing))
