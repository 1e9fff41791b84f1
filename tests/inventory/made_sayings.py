"""What devices say of themselves, written down by a test."""

from __future__ import annotations

import polars as pl

from lynceus.inventory.observed import BIN_NS, SCHEMA

MINUTE = 60 * 10**9
A, B = "00:50:56:00:00:0a", "00:50:56:00:00:0b"


def sayings(*said: tuple[int, str, str, str]) -> pl.DataFrame:
    """Rows of `observed.SCHEMA`: minute, address, kind, value."""
    rows = [
        {"site": "s", "host": host, "kind": kind, "value": value, "bin": at * MINUTE // BIN_NS,
         "first_ns": at * MINUTE, "last_ns": at * MINUTE, "count": 1}
        for at, host, kind, value in said
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA)
