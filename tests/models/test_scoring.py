"""All models at once: preference, failures, gaps, explanations; and the engine around them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest

from lynceus.analysis import analyze
from lynceus.engine import Engine
from lynceus.features.window import Count, Window
from lynceus.models import Scoring, Served
from lynceus.models.scoring import MOST_PAIRS
from lynceus.records import SCORED, Batch
from lynceus.testing import flow, flows
from models.small_model import artefact

FLOOD = {"orig_packets": 1, "resp_packets": 0}


class Broken(Served):
    """Fails whenever it is asked."""

    def judged(self, rows: pl.DataFrame) -> pl.DataFrame:
        raise ValueError("out of order\nand more")


def broken() -> Broken:
    return Broken(artefact(name="broken"))


def test_scores_are_columns_beside_the_flows() -> None:
    rows = flows([flow(0, **FLOOD), flow(1)])
    scoring = Scoring([Served(artefact())])
    said = scoring.scored(rows)
    assert said.columns == [*rows.columns, *scoring.columns]
    assert said["attack_family_class"].to_list() == ["dos", "benign"]
    assert said.select(scoring.columns).schema == {
        name: dtype for name, dtype in SCORED.items() if name.startswith("attack_family")
    }
    assert scoring.scored(said) is said


def test_no_flows_have_the_columns_too() -> None:
    scoring = Scoring([Served(artefact())])
    assert scoring.scored(flows([])).columns[-5:] == list(scoring.columns)


def test_without_models_nothing_is_added() -> None:
    rows = flows([flow(0)])
    assert Scoring().scored(rows) is rows


def test_a_model_that_fails_is_set_aside_and_the_next_one_judges() -> None:
    scoring = Scoring([broken(), Served(artefact())])
    said = scoring.scored(flows([flow(0, **FLOOD)]))
    assert said["attack_family_class"].to_list() == ["dos"]
    assert scoring.failed == {"broken-1": "out of order"}
    assert scoring.told() == ["model broken-1 failed and says nothing: out of order"]
    alone = Scoring([broken()]).scored(flows([flow(0)]))
    assert alone["attack_family_class"].to_list() == [None]


def test_what_one_cannot_judge_the_next_one_does() -> None:
    inputs: Any = ("resp_packets", "orig_packets", "duration_s")
    from lynceus.models.specification import hash_of

    other = Served(
        artefact(name="other", inputs=inputs, spec_hash=hash_of("flow", inputs), expected={})
    )
    scoring = Scoring([Served(artefact()), other])
    part = flows([flow(0, **FLOOD), flow(1, orig_packets=9, resp_packets=None), flow(2)])
    said = scoring.scored(part)
    assert said["attack_family_class"].null_count() == 0
    assert said["uid"].to_list() == part["uid"].to_list()
    assert scoring.counted["floods-1 judged"] == 2 and scoring.counted["other-1 judged"] == 1
    assert scoring.counted["other-1 with gaps"] == 1
    assert scoring.told() == [
        "model other-1 judged 1 of 1 flows without all that it reads: with less confidence."
    ]


def test_of_a_pair_and_minute_the_most_probable_flow_is_explained() -> None:
    rows = flows(
        [
            flow(0, **FLOOD),
            flow(1, orig_packets=3, resp_packets=0),
            flow(2, **FLOOD, resp_h="10.0.0.81"),
            flow(61, **FLOOD),
            flow(3),
        ]
    )
    said = Scoring([Served(artefact())]).scored(rows)
    explained = said["attack_family_reasons"].is_not_null().to_list()
    assert explained == [False, True, True, True, False]
    for text in said["attack_family_reasons"].drop_nulls():
        assert json.loads(text)["class"] == "dos"


@pytest.mark.parametrize("family", ["dos", "ddos"])
def test_of_a_scan_of_thousands_some_pairs_are_explained(family: str) -> None:
    """A host that attacks many, and of what many do together the one they attack."""
    many = [
        flow(n / 10, **FLOOD, **{"resp_h" if family == "dos" else "orig_h": f"10.1.0.{n}"})
        for n in range(40)
    ]
    names = artefact(classes=("benign", family), alert={family: 0.9})
    said = Scoring([Served(names)]).scored(flows(many))
    assert said["attack_family_alerts"].sum() == 40
    assert said["attack_family_reasons"].is_not_null().sum() == MOST_PAIRS


FLOODS = Window(
    "floods_of_pair", "flows", ("orig_h",), (Count("flows"),), "60s",
    where=pl.col("attack_family_alerts").fill_null(False),
)  # fmt: skip


@dataclass(frozen=True)
class Floods:
    """Hosts with flows that the model calls floods."""

    reads = (FLOODS,)
    key = "originator"
    version = 1
    severity = "high"
    tactic = "impact"
    techniques = ("T1498",)

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        return tables[0].with_columns(
            score=pl.lit(0.5), orig_role=pl.lit("attacker"), because=pl.lit("Floods.")
        )


def test_the_engine_counts_what_models_said() -> None:
    rows = flows([flow(0, **FLOOD), flow(1, **FLOOD), flow(2)])
    engine = Engine({"floods": Floods()}, models=Scoring([Served(artefact())]))  # type: ignore[dict-item]
    (found,) = [f for f in (engine.advance(Batch(rows)), engine.finish()) if f.height]
    assert json.loads(found["evidence"][0]) == {"flows": 2}
    without = Engine({"floods": Floods()})  # type: ignore[dict-item]
    without.advance(Batch(rows))
    assert without.finish().is_empty() and not without.failed


def test_the_main_job_keeps_what_models_said() -> None:
    rows = flows([flow(0, **FLOOD), flow(1)])
    result = analyze(rows, models=[Served(artefact()), broken()])
    assert result.flows["attack_family_class"].to_list() == ["dos", "benign"]
    assert "attack_family_class" not in analyze(rows, models=[]).flows.columns
