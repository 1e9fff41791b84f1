"""Beacon candidates behind a proxy, against what RITA v5 states for its own test data.

RITA states a beacon score and the number of connections of two candidates. They must be told by
`beacon` for the client behind the proxy, as known services, with a score of the same four parts
within 0.15 of RITA's, and nothing about them above low.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from oracles import AbsentError, OracleTable, analysed, from_on

STATED = (
    ("10.0.0.111", "safebrowsing.googleapis.com", 46, 0.624),
    ("10.0.0.238", "75.75.75.75", 1160, 0.673),
)
"""Originator, destination, connections and beacon score as RITA v5 gives them."""

NEAR = 0.15
"""Most difference of the scores: RITA has further terms in each part."""
PARTS = ("timing_part", "size_part", "duration_part", "evenness_part")


def table(data: Path) -> OracleTable:
    """Both candidates."""
    folder = data / "zeek-logs" / "rita-proxy_rolling"
    if not folder.is_dir():
        raise AbsentError("no zeek-logs/rita-proxy_rolling in the data")
    found = analysed(folder).findings.filter(pl.col("detector") == "beacon")
    rows = pl.DataFrame([_compared(found, *stated) for stated in STATED])
    met = int(rows["as_stated"].sum())
    return OracleTable(
        title="Beacons behind a proxy, as RITA v5 states them",
        must_show="both candidates found for the client behind the proxy, never above low",
        rows=rows,
        verdict=met == len(STATED),
        summary=f"{met} of {len(STATED)} candidates as stated; the scores are "
        + " and ".join(f"{row['score']:.3f} (RITA {row['rita_score']})" for row in rows.to_dicts()),
    )


def _compared(
    found: pl.DataFrame, orig_h: str, place: str, connections: int, score: float
) -> dict[str, Any]:
    mine = found.filter(
        pl.col("orig_h") == orig_h,
        (pl.col("domain") == place) | (pl.col("resp_h") == place),
    )
    told = [json.loads(text) for text in mine["evidence"]]
    best = max(told, key=lambda evidence: evidence.get("steady_score") or 0.0, default={})
    own = float(best.get("steady_score") or 0.0)
    loud = mine.filter(pl.col("severity").is_in(from_on("medium"))).height
    return {
        "orig_h": orig_h,
        "place": place,
        "rita_connections": connections,
        "contacts_in_the_hour": int(best.get("contacts") or 0),
        "rita_score": score,
        "score": own,
        **{part: best.get(part) for part in PARTS},
        "above_low": loud,
        "as_stated": bool(best) and abs(own - score) <= NEAR and loud == 0,
    }
