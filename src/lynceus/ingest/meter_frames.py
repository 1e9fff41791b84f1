"""What the meter told, as Polars frames."""

from __future__ import annotations

import polars as pl

from lynceus import _core
from lynceus.records import FLOW_SCHEMA, LEAN, Batch

TIERS = (list(LEAN), [name for name in FLOW_SCHEMA if name not in LEAN])
"""The columns of a flow that are kept for the detectors, and the others."""


def batch_of(told: _core.MeterBatch) -> Batch:
    """What the meter told, as a batch."""
    events = {name: pl.DataFrame(table) for name, table in told.events.items()}
    return Batch(_flows(told.flows), events, told.watermark_ns)


def _flows(table: _core.ArrowFrame | None) -> pl.DataFrame:
    """The flows; those who keep some tier of their columns keep no memory of the other."""
    if table is None:
        return pl.DataFrame(schema=FLOW_SCHEMA)
    by_name = {s.name: s for tier in TIERS for s in pl.DataFrame(table.select(tier))}
    return pl.DataFrame([by_name[name] for name in FLOW_SCHEMA])
