"""Windows over what models said of flows, by pair of hosts and class.

Only flows whose class may alert count; without a model, and with one in the shadow, the tables are
empty. Reasons are those of the most probable flow of the group.
"""

from __future__ import annotations

import polars as pl

from lynceus.features.behind import BEHIND
from lynceus.features.window import Count, Max, Min, Sum, Values, Window

MILLIONTHS = 1_000_000
"""Probabilities are added up as whole millionths: sums of floating numbers depend on the order."""

_alerts = pl.col("attack_family_alerts").fill_null(value=False)
_millionths = (pl.col("attack_family_probability") * MILLIONTHS).round(0).cast(pl.Int64)
_in_order = _millionths.cast(pl.String).str.zfill(7)
"""Probabilities as text whose byte order is theirs."""

ALERTING_FLOWS = Window(
    "alerting_flows_1h",
    "flows",
    ("orig_h", "resp_h", "attack_family_class"),
    (
        Count("connections"),
        Sum("probability_millionths", _millionths),
        Sum("confidence_millionths", (pl.col("attack_family_confidence") * MILLIONTHS).round(0)),
        Max("strongest", pl.format("{}|{}", _in_order, "attack_family_reasons")),
        Values("ports", "resp_p", k=5),
        Max("proto", "proto"),
        Max("orig_in", "orig_in"),
        Max("resp_in", "resp_in"),
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "end_ns"),
        *BEHIND,
    ),
    "1h",
    _alerts & pl.col("attack_family_class").is_not_null() & pl.col("unicast"),
    only=_alerts,
)
"""Flows that a model of attack families is sure enough of, by pair and family in an hour."""
