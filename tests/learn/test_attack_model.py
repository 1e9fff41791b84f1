from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from learn.made_rows import labelled
from lynceus.learn.attack_model import Order, benign_findings, steps_of, trained
from lynceus.learn.dataset import Dataset
from lynceus.learn.steps import Steps
from lynceus.models import Artefact, Served
from lynceus.records import FLOW_SCHEMA, conform

pytest.importorskip("sklearn")

ORDER = Order(learner="decision_tree")


@pytest.fixture(scope="module")
def artefact() -> Artefact:
    return trained(labelled(900), [], ORDER)


def test_what_is_served_says_what_was_trained(artefact: Artefact) -> None:
    unseen = labelled(400, 3)
    told = Served(artefact).judged(conform(unseen.rows, FLOW_SCHEMA))
    right = told["class"] == unseen.rows["family"]
    assert right.mean() is not None and np.mean(right.to_list()) > 0.95
    assert artefact.manifest.gate.passed
    assert told.filter(told["alerts"])["class"].unique().sort().to_list() == ["dos", "scan"]


def test_every_step_is_told_and_twice_gives_the_same(artefact: Artefact) -> None:
    told: list[str] = []
    again = trained(labelled(900), [], ORDER, Steps(told=lambda step, before: told.append(step)))
    assert again.manifest.bytes() == artefact.manifest.bytes()
    assert len(told) == steps_of(ORDER)


def test_benign_networks_silence_what_would_accuse_them(artefact: Artefact) -> None:
    other = labelled(900, 5)
    quiet = other.rows.with_columns(
        pl.col("ts_ns", "end_ns") * 10, malicious=pl.lit(value=False), host=pl.lit("10.0.0.1")
    )
    network = Dataset("quiet", quiet, "time")
    found = benign_findings(artefact, [network])
    assert found["scan"] == 3, "900 flows in three hours of one host and day"
    after = trained(labelled(900), [network], ORDER).manifest
    assert after.alert["scan"] is None and "benign networks" in after.gate.reasons["scan"]
    assert "scan" in after.card


def test_rows_that_are_benign_indeed_silence_nothing(artefact: Artefact) -> None:
    rows = labelled(900, 5).rows.filter(pl.col("family") == "benign")
    assert not benign_findings(artefact, [Dataset("quiet", rows, "time")])
