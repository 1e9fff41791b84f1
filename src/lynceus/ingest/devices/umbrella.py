"""Cisco Umbrella's DNS log, quoted CSV."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import csv_fields

MARK = r'^\s*"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d",(?:"[^"]*",){4}"(?:Allowed|Blocked|Proxied)"'

COLUMNS = {
    "written": 0, "username": 1, "orig_h": 3, "outer_h": 4, "action": 5, "event_code": 7,
    "domain": 8, "category": 9, "blocked": 12,
}  # fmt: skip


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a query."""
    rows = csv_fields(lines["message"].str.strip_chars_start(), COLUMNS)
    return rows.with_columns(
        pl.col("domain").str.strip_suffix("."),
        category=pl.coalesce("blocked", "category"),
        orig_h=pl.coalesce("orig_h", "outer_h"),
        flow=pl.lit(value=False),
        vendor=pl.lit("cisco"),
        product=pl.lit("umbrella"),
    )
