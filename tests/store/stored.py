"""Flows for the lake, by the hour of the day in which they end."""

from __future__ import annotations

from typing import Any

import polars as pl

from lynceus.records import FLOW_SCHEMA, conform
from lynceus.store.lake import HOUR_NS
from lynceus.testing import flow, flows

DAY_NS = 1_714_521_600 * 10**9
"""2024-05-01 00:00 UTC."""


def at(*hours: float, **more: Any) -> pl.DataFrame:
    """Flows of a second that end at these hours of the day."""
    ends = pl.Series([int(DAY_NS + hour * HOUR_NS) for hour in hours], dtype=pl.Int64)
    ids = [f"{end:024x}" for end in ends]
    made = flows(flow(**{"resp_p": 443, **more}) for _ in hours)
    return conform(made, FLOW_SCHEMA).with_columns(
        uid=pl.Series(ids), ts_ns=ends - 10**9, end_ns=ends, duration_s=pl.lit(1.0)
    )
