"""How risky a person is, told by what happened around his account before.

    risk = 1 - exp(-sum(points * confidence * 2 ** -(age / risk_days)) / 10)

over the incidents whose findings name the account, each once: `points` are 1 for low, 3 for medium,
10 for high and 20 for critical, `age` the days since it was seen last. What a person has judged to
be false or harmless counts nothing. So one certain high incident of today is 0.63, of a month ago
0.39; a year of quiet is next to 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from lynceus.decay import DAY_NS
from lynceus.incident import Incident
from lynceus.moments import NS
from lynceus.verdict import VERDICTS

POINTS = {"info": 0.0, "low": 1.0, "medium": 3.0, "high": 10.0, "critical": 20.0}
SCALE = 10.0
HARMLESS = frozenset(name for name, attack in VERDICTS.items() if not attack)
"""Verdicts after which an incident counts nothing."""
SCHEMA = pl.Schema({"user": pl.String(), "risk": pl.Float64(), "incidents": pl.Int64()})


def history(incidents: Iterable[Incident], verdicts: Mapping[str, str]) -> pl.DataFrame:
    """`incident`, `user`, `points`, `confidence`, `last_ns`: one row an account of an incident.

    `verdicts` is what was said last of an incident, by its id.
    """
    rows = [
        (one.id, user, POINTS[one.severity], one.confidence, _ns(one.last_seen))
        for one in incidents
        if one.merged_into is None and verdicts.get(one.id) not in HARMLESS
        for user in sorted({user for f in one.findings for user in accounts(f.evidence)})
    ]
    schema = {
        "incident": pl.String, "user": pl.String, "points": pl.Float64, "confidence": pl.Float64,
        "last_ns": pl.Int64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def accounts(evidence: Mapping[str, Any]) -> list[str]:
    """The accounts that evidence names, wherever they were."""
    named = evidence.get("present_accounts")
    return [user for users in named.values() for user in users] if isinstance(named, dict) else []


def risks(history: pl.DataFrame, at_ns: int, risk_days: float) -> pl.DataFrame:
    """The risk (0..1) of every account of a history, the highest first, in `SCHEMA`."""
    age = ((at_ns - pl.col("last_ns")) / DAY_NS).clip(lower_bound=0.0).fill_null(0.0)
    left = 2.0 ** (-age / max(risk_days, 1e-9))
    total = (pl.col("points") * pl.col("confidence") * left).sum()
    return (
        history.group_by("user")
        .agg(risk=(1.0 - (-total / SCALE).exp()).round(4), incidents=pl.len().cast(pl.Int64))
        .sort("risk", "user", descending=[True, False])
        .select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    )


def _ns(stamp: str | None) -> int | None:
    return int(datetime.fromisoformat(stamp).timestamp() * 1e6) * (NS // 10**6) if stamp else None
