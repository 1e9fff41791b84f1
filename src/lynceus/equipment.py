"""What the engine works with, as a person set it: detectors, lists, models, what is usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from lynceus import detect, enrich
from lynceus.baseline import teaching
from lynceus.baseline.comparison import with_comparison
from lynceus.baseline.state import State
from lynceus.baseline.subject import HOST, rows_of
from lynceus.config import Config
from lynceus.engine import Engine
from lynceus.enrich.home import HomeNetworks
from lynceus.features.profile import PROFILES
from lynceus.intel import opened
from lynceus.inventory.known import Known
from lynceus.models import Scoring, serving
from lynceus.protocols import Detector, Enricher, Model
from lynceus.suppress import Suppressions


@dataclass(frozen=True)
class Equipment:
    """Everything of a configuration that is read before the first row."""

    detectors: dict[str, Detector]
    indicators: enrich.Standing
    """What flows are compared with; others may be put in its place while they run."""
    known: Known
    """What the site knows of its machines."""
    geography: enrich.Geography
    """Countries and autonomous systems, by the user's files."""
    quiet: Suppressions
    scoring: Scoring
    usual: State | None
    """What the baseline knows; None without one."""
    problems: tuple[str, ...]
    """Lines about entries of lists, and models, that are not used, and why."""

    @staticmethod
    def of(config: Config, models: Sequence[Model] | None = None) -> Equipment:
        """Reads all that a configuration names; `models` None: those of this installation.

        Raises `lynceus.own.OwnFileError`, `lynceus.suppress.SuppressionError`,
        `lynceus.enrich.ListError` or `lynceus.baseline.StateError` on what cannot be used.
        """
        usual = (
            teaching.opened(config.baseline, config.anomalies_per_day) if config.baseline else None
        )
        detectors = teaching.knowing(_detectors(config), usual)
        indicators = opened.indicators(config.intel)
        known = Known.of(config.assets, config.inventory, config.people)
        geography = enrich.Geography(config.inventory.countries, config.inventory.networks)
        quiet = Suppressions.load(config.suppress, detectors) if config.suppress else None
        models, refused = serving() if models is None else (models, [])
        return Equipment(
            detectors=detectors,
            indicators=enrich.Standing(indicators),
            known=known,
            geography=geography,
            quiet=quiet or Suppressions(),
            scoring=Scoring(models),
            usual=usual,
            problems=(*map(str, indicators.refused), *known.problems, *refused),
        )

    def enrichers(self, inside: HomeNetworks, at_ns: int | None = None) -> list[Enricher]:
        """What is known of addresses and names, at a time; None: nobody tells the time."""
        assets = self.known.assets(at_ns)
        return enrich.enrichers(
            inside, intel=self.indicators, assets=assets, geography=self.geography
        )

    def about(self, facts: pl.DataFrame, at_ns: int, stays: pl.DataFrame) -> pl.DataFrame:
        """Facts of addresses with what is told of them in incidents alone; `stays` says which
        device was where (`Known.stays`)."""
        return self.known.about(facts, at_ns, stays, self.usual.roles if self.usual else None)

    def compared(self, findings: pl.DataFrame, engine: Engine) -> pl.DataFrame:
        """Findings that say how their hosts did beside their history and their peers, as far as the
        baseline knows these; without one as they are."""
        if self.usual is None or findings.is_empty():
            return findings
        hosts = pl.concat([findings["orig_h"], findings["resp_h"].rename("orig_h")]).unique()
        hours = rows_of(HOST, [engine.so_far(table, hosts) for table in HOST.tables])
        return with_comparison(findings, hours, self.usual)

    def engine(
        self,
        inside: HomeNetworks,
        *,
        at_ns: int | None = None,
        windows_bytes: int | None = None,
    ) -> Engine:
        """An engine of all this, for this inside; `at_ns` is the time that facts are told for,
        `windows_bytes` what its open windows may take in memory (None: as much as they need)."""
        return Engine(
            self.detectors,
            self.enrichers(inside, at_ns),
            suppressions=self.quiet,
            models=self.scoring,
            watched=PROFILES if self.usual else (),
            windows_bytes=windows_bytes,
        )


def _detectors(config: Config) -> dict[str, Detector]:
    """The built-ins and plugins, the user's policy in its place, and his own detections."""
    detectors = detect.load(config.detect)
    if config.policy is not None:
        from lynceus.own.policy import load

        detectors["policy_violation"] = load(config.policy)
    if config.detections is not None:
        from lynceus import own

        detectors |= own.load(config.detections, taken=detectors)
    return {name: one for name, one in detectors.items() if name not in config.off}
