"""Two hosts that have more to do with each other than before."""

from __future__ import annotations

import polars as pl
import pytest

from detect.baselines import DAY_S, days, learned
from lynceus.baseline.state import State
from lynceus.detect.anomalous_pair import AnomalousPair
from lynceus.records import Batch
from lynceus.testing import START_S, check_detector, findings_of, flow, flows


@pytest.fixture(scope="module")
def usual() -> State:
    return learned()


NOON = 6 * DAY_S + 12 * 3600


def transfer() -> pl.DataFrame:
    return flows([flow(NOON, orig_h="10.0.0.13", resp_h="10.0.0.80", resp_p=445,
                       orig_bytes=30_000_000_000, duration_s=900.0)])  # fmt: skip


def test_a_transfer_between_two_that_know_each_other(usual: State) -> None:
    rows = pl.concat([days(1, seed=2, first=6), transfer()])
    found = findings_of(AnomalousPair(baseline=usual.wanting(4.0)), rows)
    (row,) = found.filter(
        pl.col("orig_h") == "10.0.0.13", pl.col("window_start_ns") == (START_S + NOON) * 10**9
    ).to_dicts()
    assert row["resp_h"] == "10.0.0.80"
    assert row["because"].startswith("10.0.0.13 with 10.0.0.80 was unlike what is usual: ")
    assert "sent 30 GB (" in row["because"]
    assert found.height <= 6


def test_without_a_baseline_it_says_nothing() -> None:
    assert findings_of(AnomalousPair(), transfer()).is_empty()


def test_the_contract_holds_with_a_baseline(usual: State) -> None:
    rows = pl.concat([days(1, seed=2, first=6), transfer()])
    borders = [(START_S + 6 * DAY_S + hours * 3600) * 10**9 for hours in (1, 12, 13)]
    assert check_detector(AnomalousPair(baseline=usual), Batch(rows), borders).height
