"""Which flows are behind a row of an event window, for findings that cannot be joined to them."""

from __future__ import annotations

from lynceus.features.window import Distinct, Measure, Values

EXACT_FLOWS = 16_384
"""Flows of one row that are counted exactly; beyond, the total is an estimate within about 1 %."""

BEHIND: tuple[Measure, ...] = (
    Values("flow_uids", "uid", k=100),
    Distinct("flows_total", "uid", k=EXACT_FLOWS),
)
"""Uids of up to 100 flows, and how many there are."""
