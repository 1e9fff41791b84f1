"""Which processes are behind the flows of a finding, where endpoints tell of them."""

from __future__ import annotations

import polars as pl

from lynceus.evidence import with_evidence

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
    told = {finding: {"processes": names} for finding, names in behind.iter_rows()}
    return with_evidence(findings, told)
