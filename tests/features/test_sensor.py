"""`features.sensor`: how long sources and exporters were silent in five minutes."""

from __future__ import annotations

import polars as pl

from lynceus.features.sensor import SENSOR_SILENCES
from lynceus.records import EVENT_SCHEMAS, conform


def test_the_longest_and_the_shortest_silence_of_each() -> None:
    rows = pl.DataFrame(
        {
            "site": "s",
            "ts_ns": [60 * 10**9, 120 * 10**9, 180 * 10**9],
            "sensor": ["a", "a", "b"],
            "orig_h": ["192.0.2.1", "192.0.2.1", None],
            "silent_s": [60, 120, 5],
            "silent_before_s": [0, 60, 0],
            "usual_s": [30, 30, 7],
        }
    )
    state = SENSOR_SILENCES.partial(conform(rows, EVENT_SCHEMAS["sensor_health"]).lazy()).collect()
    told = SENSOR_SILENCES.finish(state).sort("sensor")
    columns = ("sensor", "orig_h", "silent_s", "silent_before_s", "usual_s")
    assert told.select(columns).rows() == [("a", "192.0.2.1", 120, 0, 30), ("b", None, 5, 0, 7)]
