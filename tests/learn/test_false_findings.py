from __future__ import annotations

import polars as pl
import pytest

from learn.made_rows import labelled, quiet_network
from lynceus.learn.attack_model import Order, trained
from lynceus.learn.dataset import Dataset
from lynceus.learn.false_findings import FalseFindings, most, on
from lynceus.models import Artefact

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def artefact() -> Artefact:
    return trained(labelled(900), [], Order(learner="decision_tree"))


def test_findings_are_counted_for_a_host_and_day(artefact: Artefact) -> None:
    told = on(artefact, quiet_network())
    assert (told.flows, told.host_days) == (900, 1)
    assert told.findings["scan"] == 3, "one in each of three hours"
    assert told.alerting["scan"] > 150
    assert told.rates()["scan"] == 3


def test_rows_that_are_benign_indeed_give_none(artefact: Artefact) -> None:
    rows = labelled(900, 5).rows.filter(pl.col("family") == "benign")
    assert not on(artefact, Dataset("quiet", rows, "time")).findings


def test_a_network_without_benign_rows_says_nothing(artefact: Artefact) -> None:
    rows = labelled(60).rows.filter(pl.col("family") != "benign")
    assert on(artefact, Dataset("loud", rows, "time")).flows == 0


def test_quiet_networks_do_not_hide_a_loud_one() -> None:
    loud = FalseFindings("loud", 100, 2, {"scan": 4}, {"scan": 90})
    quiet = FalseFindings("quiet", 100_000, 998, {"dos": 1}, {})
    assert most([quiet, loud]) == {"scan": 2.0, "dos": pytest.approx(1 / 998)}
