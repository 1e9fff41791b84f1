from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from learn.made_rows import labelled, quiet_network
from lynceus.learn.attack_model import Order, trained
from lynceus.learn.evaluate import benign_networks
from lynceus.learn.evaluate.benign_networks import BenignNetworks

pytest.importorskip("sklearn")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The task with a small model and networks that are given."""
    artefact = trained(labelled(900), [], Order(learner="decision_tree"))
    monkeypatch.setattr(benign_networks, "attack_family", lambda data: artefact)

    def on(*networks: Any) -> Any:
        monkeypatch.setattr(benign_networks, "networks", lambda data: list(networks))
        return BenignNetworks().run(Path())

    return on


def figures(result: Any) -> dict[str, str]:
    return {figure.name: figure.value for figure in result.figures}


def test_a_class_that_one_network_silences_says_nothing_of_another(small: Any) -> None:
    loud = quiet_network()
    alone, twice = small(loud), small(loud, replace(loud, name="another"))
    told = figures(alone)
    assert float(told["findings a host day, worst network"]) >= 3 and not alone.met
    assert figures(twice)["findings a host day, worst network"] == "0.00" and twice.met
    assert (
        figures(twice)["the same without the gate, worst network"]
        == told["the same without the gate, worst network"]
    )


def test_each_network_and_each_class_is_told(small: Any) -> None:
    rows = quiet_network().rows
    calm = replace(quiet_network(), name="calm", rows=rows.filter(pl.col("family") == "benign"))
    networks, classes = small(quiet_network(), calm).parts
    assert [row["network"] for row in networks.rows] == ["quiet", "calm"]
    assert networks.rows[1]["findings"] == "none"
    scan = next(row for row in classes.rows if row["class"] == "scan")
    assert scan["findings"] == "3" and int(scan["flows that alert"]) > 150
