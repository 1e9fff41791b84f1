"""What scanners found at the addresses of an incident: how many CVEs, and the worst."""

from __future__ import annotations

import polars as pl

from lynceus.inventory.settled import STALE_DAYS, age_days

FACTS: dict[str, pl.DataType] = {
    "cves": pl.Int64(),
    "worst_cve": pl.String(),
    "worst_cvss": pl.Float64(),
    "cves_source": pl.String(),
    "cves_stale_days": pl.Int64(),
}
"""`cves` is null where no scan is known of the address: that is not the same as none."""


def weaknesses(
    facts: pl.DataFrame,
    found: pl.DataFrame,
    at_ns: int | None = None,
    stale_days: float = STALE_DAYS,
) -> pl.DataFrame:
    """Facts of addresses (`value`) with `FACTS`, from rows of vulnerabilities with their source.

    Of one CVE that several sources found the one with the higher score is told.
    """
    if found.is_empty() or facts.is_empty():
        return facts.with_columns(pl.lit(None, kind).alias(name) for name, kind in FACTS.items())
    aged = found.filter(pl.col("place").is_in(facts["value"].implode())).with_columns(
        age=age_days(at_ns)
    )
    worst_first = aged.sort(
        "cvss", "cve", "source", descending=[True, False, False], nulls_last=True
    )
    told = worst_first.group_by("place", maintain_order=True).agg(
        cves=pl.col("cve").n_unique().cast(pl.Int64),
        worst_cve=pl.col("cve").first(),
        worst_cvss=pl.col("cvss").first(),
        cves_source=pl.col("source").unique().sort().str.join(", "),
        cves_stale_days=pl.when(pl.col("age") > stale_days).then(pl.col("age")).min().floor(),
    )
    told = told.select("place", *(pl.col(name).cast(kind) for name, kind in FACTS.items()))
    return facts.join(told, left_on="value", right_on="place", how="left", maintain_order="left")
