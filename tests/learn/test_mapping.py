"""The rule that makes a column of a flow says how it does, and why others are absent."""

from __future__ import annotations

import polars as pl
import pytest

from lynceus.learn.mapping import Mapped, applied, told

GIVES = (
    Mapped("duration_s", pl.col("Dur")),
    Mapped("orig_ip_bytes", pl.col("Payload") + 28 * pl.col("Pkts"), "payload + 28 a packet"),
)


def test_columns_are_made_of_what_there_is_in_their_types() -> None:
    rows = applied(pl.DataFrame({"Dur": [0.5], "Payload": [10], "Pkts": [2]}), GIVES)
    assert rows.row(0, named=True)["orig_ip_bytes"] == 66
    assert rows.schema["orig_ip_bytes"] == pl.UInt64()
    assert "orig_ip_bytes" not in applied(pl.DataFrame({"Dur": [0.5]}), GIVES).columns


def test_what_does_not_fit_is_null() -> None:
    rows = applied(pl.DataFrame({"Payload": [-100], "Pkts": [2]}), GIVES)
    assert rows["orig_ip_bytes"].to_list() == [None]


def test_every_column_is_told_of() -> None:
    lacks = {"gap_": "no packet times", "gap_s_max": "only a mean"}
    assert told("duration_s", GIVES, lacks) == "equal"
    assert told("orig_ip_bytes", GIVES, lacks) == "payload + 28 a packet"
    assert told("gap_s_mean", GIVES, lacks) == "absent: no packet times"
    assert told("gap_s_max", GIVES, lacks) == "absent: only a mean"
    with pytest.raises(LookupError, match="turns"):
        told("turns", GIVES, lacks)
