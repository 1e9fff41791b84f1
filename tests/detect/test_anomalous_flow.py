"""A flow that is unlike the others to the same service."""

from __future__ import annotations

import polars as pl
import pytest

from detect.baselines import DAY_S, days, learned
from lynceus.baseline.state import State
from lynceus.detect.anomalous_flow import AnomalousFlow
from lynceus.records import Batch
from lynceus.testing import START_S, check_detector, findings_of, flow, flows


@pytest.fixture(scope="module")
def usual() -> State:
    return learned()


NOON = 6 * DAY_S + 12 * 3600


def tunnel() -> pl.DataFrame:
    huge = {"orig_packets": 90_000, "resp_packets": 90_000, "orig_bytes": 40_000_000}
    return flows([flow(NOON, orig_h="10.0.0.14", resp_h="203.0.113.8", duration_s=3_000.0, **huge)])


def test_an_hour_of_https_where_minutes_are_usual(usual: State) -> None:
    rows = pl.concat([days(1, seed=2, first=6), tunnel()])
    found = findings_of(AnomalousFlow(baseline=usual.wanting(4.0)), rows)
    (row,) = found.filter(
        pl.col("orig_h") == "10.0.0.14", pl.col("window_start_ns") == (START_S + NOON) * 10**9
    ).to_dicts()
    assert (row["resp_p"], row["proto"]) == (443, "tcp")
    assert row["because"].startswith("A flow of 10.0.0.14 to 443/tcp was unlike what is usual: ")
    assert "kept one flow open for 50 m 0 s" in row["because"]
    assert found.height <= 6


def test_without_a_baseline_it_says_nothing() -> None:
    assert findings_of(AnomalousFlow(), tunnel()).is_empty()


def test_the_contract_holds_with_a_baseline(usual: State) -> None:
    rows = pl.concat([days(1, seed=2, first=6), tunnel()])
    borders = [(START_S + 6 * DAY_S + hours * 3600) * 10**9 for hours in (1, 12, 13)]
    assert check_detector(AnomalousFlow(baseline=usual), Batch(rows), borders).height
