"""The lake is tended: hours that are past are one file, sums are there, the old is gone."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from lynceus.live.degraded import Degraded
from lynceus.live.harvest import Harvest
from lynceus.live.settings import RunConfig
from lynceus.live.tending import Tending
from lynceus.records import FLOW_SCHEMA, Batch
from lynceus.store.lake import HOUR_NS, Lake

NOW = 1_714_550_400_000_000_000
DAY_NS = 24 * HOUR_NS


def flow(uid: str, end_ns: int) -> Batch:
    told = pl.DataFrame(
        {"uid": [uid], "site": "s", "orig_h": "10.0.0.1", "resp_h": "10.0.0.2", "end_ns": end_ns,
         "ts_ns": end_ns}
    )  # fmt: skip
    return Batch(pl.concat([pl.DataFrame(schema=FLOW_SCHEMA), told], how="diagonal_relaxed"))


def test_past_hours_are_joined_counted_and_let_go(tmp_path: Path) -> None:
    degraded = Degraded(print)
    harvest = Harvest(Lake(tmp_path), "one", 0, degraded)
    ends = {"past": NOW - 5 * HOUR_NS, "now": NOW, "old": NOW - 40 * DAY_NS}
    for epoch in (1, 2):
        for name, end_ns in ends.items():
            harvest.take(flow(f"{name}-{epoch}", end_ns))
        assert harvest.store(epoch)
        harvest.kept()
    Tending(harvest, RunConfig(), degraded, clock=lambda: NOW).tend()
    files = {
        hour.path: len(harvest.lake.files("flows", hour)) for hour in harvest.lake.hours("flows")
    }
    assert sorted(files.values()) == [1, 2], "the old is gone, the past joined, now still grows"
    assert "host_hour" in harvest.lake.tables()
    assert not degraded.now
