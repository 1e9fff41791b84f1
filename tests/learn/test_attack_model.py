from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from learn.made_rows import labelled, quiet_network
from lynceus.learn import attack_model
from lynceus.learn.attack_model import Order, steps_of, trained
from lynceus.learn.dataset import DatasetError
from lynceus.learn.learners import DecisionTree, NeuralNetwork
from lynceus.learn.stack import Stack
from lynceus.learn.steps import Steps
from lynceus.models import Artefact, Served
from lynceus.records import FLOW_SCHEMA, conform

pytest.importorskip("sklearn")

NUMBERS = ("duration_s", "orig_packets", "resp_packets", "orig_ip_bytes", "resp_ip_bytes")
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


def test_benign_networks_silence_what_would_accuse_them() -> None:
    told = trained(labelled(900), [quiet_network()], ORDER).manifest
    assert told.alert["scan"] is None and "benign networks" in told.gate.reasons["scan"]
    assert told.metrics["scan"]["benign_findings_a_host_day"] == 3
    assert "scan" in told.card


def test_a_model_that_is_too_slow_runs_in_the_shadow_and_its_card_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lynceus.learn.gate.LEAST_A_SECOND", float("inf"))
    told = trained(labelled(900), [], ORDER).manifest
    assert not told.gate.passed and set(told.alert.values()) == {None}
    assert told.gate.reasons["model"] in told.card


def test_a_stack_is_served_with_its_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxruntime")
    quick = NeuralNetwork(settings={**NeuralNetwork().settings, "hidden": 16, "max_iter": 5})
    few = Stack(parts=(DecisionTree(), quick))
    monkeypatch.setitem(attack_model.LEARNERS, "stack", lambda: few)
    stacked = trained(labelled(900), [], Order(learner="stack"))
    assert stacked.manifest.kind == "stack"
    assert stacked.manifest.parameters["settings"]["neural_network"]["hidden"] == 16
    rows = labelled(400, 3).rows
    told = Served(stacked).judged(conform(rows, FLOW_SCHEMA))["class"]
    assert (told == rows["family"]).mean() > 0.9
    far = conform(rows.with_columns(orig_packets=10**9, duration_s=1e6), FLOW_SCHEMA)
    assert (Served(stacked).judged(far)["class"] == "unknown").mean() > 0.9


def test_what_cannot_be_learned_is_told_by_its_column() -> None:
    made = labelled(200)
    benign = made.with_rows(made.rows.filter(pl.col("family") == "benign"))
    with pytest.raises(DatasetError, match=r"column 'family' has 'benign' \(\d+ rows\)"):
        trained(benign, [], ORDER)
    blank = [pl.lit(None, made.rows.schema[c]).alias(c) for c in NUMBERS]
    with pytest.raises(DatasetError, match="feature 'duration_s' is null in every row"):
        trained(made.with_rows(made.rows.with_columns(blank)), [], ORDER)
