"""What a model of attack families would tell of traffic in which there is nothing.

on(artefact, network)      findings and alerting flows of one network by family
most(...)                  by family the greatest rate of any network, for the gate
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from lynceus.detect.attack_class import AttackClass
from lynceus.engine import Engine
from lynceus.learn.dataset import Dataset
from lynceus.models import Artefact, Served
from lynceus.models.scoring import Scoring
from lynceus.records import LEAN, Batch, conform

DAY_NS = 86_400_000_000_000


@dataclass(frozen=True)
class FalseFindings:
    """What was told of the benign flows of one network."""

    network: str
    flows: int
    host_days: int
    """Hosts that began a flow, counted anew each day."""
    findings: Mapping[str, int]
    """Of the detector `attack_class`, by family."""
    alerting: Mapping[str, int]
    """Flows that may alert, by family: of a host's many in an hour a finding is made."""

    def rates(self) -> dict[str, float]:
        """Findings by family for a host and day."""
        return {name: count / self.host_days for name, count in self.findings.items()}


def on(artefact: Artefact, network: Dataset) -> FalseFindings:
    """The benign rows of a network as the engine would judge them; the rest is left out."""
    rows = network.rows.filter(pl.col("malicious").not_())
    if not rows.height:
        return FalseFindings(network.name, 0, 0, {}, {})
    host_days = rows.select(pl.struct("host", pl.col("end_ns") // DAY_NS).n_unique()).item()
    scoring = Scoring([Served(artefact)])
    flows = conform(rows.with_columns(site=pl.lit("benign")), LEAN)
    flows = scoring.scored(flows.with_columns(uid=pl.int_range(pl.len()).cast(pl.String)))
    engine = Engine({"attack_class": AttackClass()}, models=scoring)
    found = pl.concat([engine.advance(Batch(flows)), engine.finish()])
    alerting = flows.filter("attack_family_alerts")["attack_family_class"]
    return FalseFindings(
        network.name,
        rows.height,
        host_days,
        _counted(found["evidence"].str.json_path_match("$.family")),
        _counted(alerting),
    )


def most(told: Iterable[FalseFindings]) -> dict[str, float]:
    """By family the greatest rate of any network: many quiet ones do not hide a loud one."""
    highest: dict[str, float] = {}
    for one in told:
        for name, rate in one.rates().items():
            highest[name] = max(rate, highest.get(name, 0.0))
    return highest


def _counted(names: pl.Series) -> dict[str, int]:
    return dict(names.value_counts(name="rows").sort(names.name).iter_rows())
