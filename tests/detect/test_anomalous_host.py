"""Hosts and services that are not as they were; what all such findings have in common
(strangeness)."""

from __future__ import annotations

import json

import polars as pl
import pytest

from detect.baselines import DAY_S, days, learned
from lynceus import correlate
from lynceus.baseline.state import State
from lynceus.correlate.grounding import ungrounded
from lynceus.detect.anomalous_host import AnomalousHost
from lynceus.records import Batch
from lynceus.testing import START_S, check_detector, findings_of, flow, flows


@pytest.fixture(scope="module")
def usual() -> State:
    return learned()


NIGHT = 6 * DAY_S + 2 * 3600


def theft() -> pl.DataFrame:
    return flows(
        [flow(NIGHT + 60 * i, orig_h="10.0.0.12", resp_h="203.0.113.7", orig_bytes=100_000_000,
              duration_s=30.0) for i in range(4)]
    )  # fmt: skip


def test_a_theft_at_night(usual: State) -> None:
    rows = pl.concat([days(1, seed=2, first=6), theft()])
    found = findings_of(AnomalousHost(baseline=usual.wanting(4.0)), rows)
    mine = found.filter(pl.col("orig_h") == "10.0.0.12")
    (row,) = mine.filter(pl.col("window_start_ns") == (START_S + NIGHT) * 10**9).to_dicts()
    assert "sent 400 MB outside (" in row["because"]
    assert row["severity"] in ("low", "medium")
    evidence = json.loads(row["evidence"])
    assert evidence["reasons"][0]["number"] == "outside_sent_bytes"
    assert len(evidence["reasons"]) == 5
    assert evidence["like"] == "data theft"
    assert 0 < evidence["chance"] < 0.05
    assert row["flows_total"] >= 4
    assert found.height <= 6


def test_an_ordinary_day_is_silent_but_for_the_budget(usual: State) -> None:
    found = findings_of(AnomalousHost(baseline=usual.wanting(2.0)), days(2, seed=3, first=6))
    assert found.height <= 6


def test_without_a_baseline_it_says_nothing() -> None:
    assert findings_of(AnomalousHost(), theft()).is_empty()
    assert findings_of(AnomalousHost(baseline=State.empty()), theft()).is_empty()


def test_a_service_that_is_used_anew(usual: State) -> None:
    crowd = [flow(NIGHT + i, orig_h=f"10.0.0.{10 + i % 8}", resp_h="10.0.0.80", resp_p=445,
                  resp_bytes=90_000_000, duration_s=20.0) for i in range(400)]  # fmt: skip
    found = findings_of(AnomalousHost(baseline=usual), flows(crowd))
    served = found.filter(pl.col("resp_h") == "10.0.0.80")
    assert served.select("resp_p", "proto").unique().rows() == [(445, "tcp")]
    assert "445/tcp of 10.0.0.80 was unlike what is usual: " in served["because"][0]


def test_the_contract_holds_with_a_baseline(usual: State) -> None:
    rows = pl.concat([days(1, seed=2, first=6), theft()])
    borders = [(START_S + 6 * DAY_S + hours * 3600) * 10**9 for hours in (1, 2, 9)]
    assert check_detector(AnomalousHost(baseline=usual), Batch(rows), borders).height


def test_the_story_is_grounded(usual: State) -> None:
    rows = pl.concat([days(1, seed=2, first=6), theft()])
    found = findings_of(AnomalousHost(baseline=usual), rows)
    for incident in correlate.incidents(found):
        records = {record.id: record for record in incident.findings}
        for sentence in incident.sentences:
            named = [records[i] for i in sentence.findings if i in records]
            assert not ungrounded(sentence.text, named), sentence.text
