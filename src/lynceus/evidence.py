"""Evidence of findings that is known only after a detector has spoken: it is added by their ids."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl


def with_evidence(findings: pl.DataFrame, told: Mapping[str, Mapping[str, Any]]) -> pl.DataFrame:
    """Findings with more evidence: by the id of a finding, what is added to its own."""
    if not told:
        return findings
    own = findings.select("id", "evidence").filter(pl.col("id").is_in(list(told)))
    texts = [
        json.dumps({**json.loads(evidence or "{}"), **told[finding]}, ensure_ascii=False)
        for finding, evidence in own.iter_rows()
    ]
    added = own.select("id").with_columns(pl.Series("with_them", texts, dtype=pl.String))
    return (
        findings.join(added, on="id", how="left", maintain_order="left")
        .with_columns(evidence=pl.coalesce("with_them", "evidence"))
        .drop("with_them")
    )
