"""The flows behind a row of an event window (`behind.py`): a hundred named, all counted."""

from __future__ import annotations

import polars as pl
import pytest

from lynceus.features.behind import BEHIND
from lynceus.features.window import Window


@pytest.mark.parametrize(("flows", "cuts"), [(7, 1), (250, 3), (5_000, 2)])
def test_a_hundred_flows_are_named_and_all_are_counted_however_they_came(
    flows: int, cuts: int
) -> None:
    rows = pl.DataFrame(
        {
            "site": "default",
            "orig_h": "10.0.0.9",
            "ts_ns": range(3 * flows),
            "uid": [f"u{n % flows:05d}" for n in range(3 * flows)],
        }
    )
    table = Window("told", "dns", ("orig_h",), BEHIND, "1h")
    parts = [rows.gather_every(cuts, offset).lazy() for offset in range(cuts)]
    states = [table.partial(part).collect() for part in parts]
    (row,) = table.finish(table.merge(states)).iter_rows(named=True)
    assert row["flows_total"] == flows
    assert row["flow_uids"] == [f"u{n:05d}" for n in range(min(flows, 100))]


def test_events_without_a_flow_count_none() -> None:
    rows = pl.LazyFrame(
        {"site": ["default"], "orig_h": ["10.0.0.9"], "ts_ns": [5], "uid": [None]},
        schema_overrides={"uid": pl.String},
    )
    table = Window("told", "arp", ("orig_h",), BEHIND, "1h")
    states = table.merge([table.partial(rows).collect()])
    row = table.finish(states).row(0, named=True)
    assert (row["flows_total"], row["flow_uids"]) == (0, [])
