"""Which processes are behind the flows of a finding, where endpoints tell of them."""

from __future__ import annotations

import json

import polars as pl

MOST = 4
"""Processes that a finding names; more of them are no explanation."""


def with_processes(findings: pl.DataFrame, processes: pl.DataFrame | None) -> pl.DataFrame:
    """Adds `processes` to the evidence of findings of which an endpoint explains a flow.

    Each is told as `name of user on host`, as far as known, the most frequent first.
    """
    if processes is None or processes.is_empty() or findings.is_empty():
        return findings
    named = processes.filter(
        pl.col("uid").is_not_null() & pl.col("process_name").is_not_null()
    ).select(
        "uid",
        process=pl.concat_str(
            "process_name",
            pl.when(pl.col("username").is_not_null()).then(pl.format(" of {}", "username")),
            pl.when(pl.col("hostname").is_not_null()).then(pl.format(" on {}", "hostname")),
            ignore_nulls=True,
        ),
    )
    behind = (
        findings.select("id", uid="flow_uids")
        .explode("uid")
        .join(named, on="uid", how="inner")
        .group_by("id", "process")
        .agg(pl.len().alias("count"))
        .sort("count", "process", descending=[True, False])
        .group_by("id", maintain_order=True)
        .agg(pl.col("process").head(MOST))
    )
    told = findings.select("id", "evidence").join(behind, on="id", how="inner")
    texts = [
        json.dumps({**json.loads(evidence or "{}"), "processes": list(names)}, ensure_ascii=False)
        for evidence, names in zip(told["evidence"], told["process"], strict=True)
    ]
    added = told.select("id").with_columns(pl.Series("with_them", texts, dtype=pl.String))
    return (
        findings.join(added, on="id", how="left", maintain_order="left")
        .with_columns(evidence=pl.coalesce("with_them", "evidence"))
        .drop("with_them")
    )
