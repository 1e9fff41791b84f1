"""Windows over what models said of flows, by pair of hosts and class.

Only flows whose class may alert count; without a model, and with one in the shadow, the tables are
empty. Reasons are those of the most probable flow of the group, on a line of their own behind what
puts them in order.
"""

from __future__ import annotations

import polars as pl

from lynceus.features.behind import BEHIND
from lynceus.features.window import Count, Max, Min, Sum, Values, Window
from lynceus.records import Task
from lynceus.services import unreadable

MILLIONTHS = 1_000_000
"""Probabilities are added up as whole millionths: sums of floating numbers depend on the order."""


def _alerting(task: Task, name: str, *key: str, among: pl.Expr | None = None) -> Window:
    """The flows that a model of this task alerts on, by pair of hosts in an hour."""
    alerts = pl.col(f"{task}_alerts").fill_null(value=False)
    millionths = (pl.col(f"{task}_probability") * MILLIONTHS).round(0).cast(pl.Int64)
    # What a probability lacks, as text whose byte order is its own; of equal ones the first flow
    # speaks, which is explained however the input is cut.
    lacking = (MILLIONTHS - millionths).cast(pl.String).str.zfill(7)
    uid = pl.col("uid").fill_null("")
    told = alerts & pl.col("unicast")
    return Window(
        name,
        "flows",
        ("orig_h", "resp_h", *key),
        (
            Count("connections"),
            Sum("probability_millionths", millionths),
            Sum("confidence_millionths", (pl.col(f"{task}_confidence") * MILLIONTHS).round(0)),
            Min("strongest", pl.format("{}|{}\n{}", lacking, uid, f"{task}_reasons")),
            Values("ports", "resp_p", k=5),
            Max("proto", "proto"),
            Max("orig_in", "orig_in"),
            Max("resp_in", "resp_in"),
            Min("first_seen_ns", "ts_ns"),
            Max("last_seen_ns", "end_ns"),
            *BEHIND,
        ),
        "1h",
        told if among is None else told & among,
        only=alerts,
    )


ALERTING_FLOWS = _alerting(
    "attack_family",
    "alerting_flows_1h",
    "attack_family_class",
    among=pl.col("attack_family_class").is_not_null(),
)
"""Flows that a model of attack families is sure enough of, by pair and family in an hour."""

ALERTING_UNREADABLE_FLOWS = _alerting(
    "malicious", "alerting_unreadable_flows_1h", among=unreadable()
)
"""Flows whose payload the meter cannot read and that a model is sure enough are malicious, by pair
in an hour."""
