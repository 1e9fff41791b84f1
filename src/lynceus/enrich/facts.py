"""Joins what the enrichers know to the ends, names and fingerprints of rows."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from lynceus.protocols import Enricher

DOMAIN_COLUMN = {"dns": "query", "tls": "server_name", "quic": "server_name", "http": "host"}
"""The column that holds a name, by table."""

JA3_COLUMN = {"tls": "ja3", "quic": "ja3"}
"""The column that holds a JA3, by table."""

_INDICATOR: dict[str, pl.DataType] = {
    "indicator": pl.String(),
    "indicator_name": pl.String(),
    "indicator_source": pl.String(),
    "indicator_confidence": pl.Float64(),
}

FACTS: dict[str, dict[str, pl.DataType]] = {
    "address": {
        "class": pl.String(),
        "inside": pl.Boolean(),
        "network": pl.String(),
        "network_kind": pl.String(),
        "asset": pl.String(),
        "asset_owner": pl.String(),
        "asset_criticality": pl.String(),
        "asset_role": pl.String(),
        **_INDICATOR,
    },
    "domain": {
        "registered": pl.String(),
        "popular": pl.Boolean(),
        "known_service": pl.String(),
        "known_service_kind": pl.String(),
        **_INDICATOR,
    },
    "ja3": _INDICATOR,
}
"""The facts a detector may count on by subject: null where no enricher knows them."""


def facts_of(values: pl.Series, subject: str, enrichers: Sequence[Enricher]) -> pl.DataFrame:
    """All facts of one subject: one row a distinct value, column `value` and the facts."""
    distinct = values.drop_nulls().unique().sort().rename("value")
    known = distinct.to_frame()
    for enricher in enrichers:
        if enricher.subject == subject:
            known = known.join(enricher.facts(distinct), on="value", how="left")
    return known.with_columns(
        pl.lit(None, dtype).alias(name)
        for name, dtype in FACTS[subject].items()
        if name not in known.columns
    )


def _joined(rows: pl.DataFrame, column: str, prefix: str, facts: pl.DataFrame) -> pl.DataFrame:
    renamed = facts.rename({name: f"{prefix}_{name}" for name in facts.columns if name != "value"})
    return rows.join(renamed, left_on=column, right_on="value", how="left", maintain_order="left")


def with_facts(table: str, rows: pl.DataFrame, enrichers: Sequence[Enricher]) -> pl.DataFrame:
    """The rows of a table (`flows` or an event table) with the facts about them.

    Adds `orig_<fact>` and `resp_<fact>` for addresses, `domain_<fact>` for names, `ja3_<fact>`
    for JA3: at least those of `FACTS`. The rows keep their number and order.
    """
    ends = pl.concat([rows["orig_h"], rows["resp_h"].rename("orig_h")])
    addresses = facts_of(ends, "address", enrichers)
    for end in ("orig", "resp"):
        rows = _joined(rows, f"{end}_h", end, addresses)
    for subject, columns in (("domain", DOMAIN_COLUMN), ("ja3", JA3_COLUMN)):
        if column := columns.get(table):
            rows = _joined(rows, column, subject, facts_of(rows[column], subject, enrichers))
    return rows
