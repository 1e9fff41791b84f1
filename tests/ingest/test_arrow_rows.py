"""Rows that travel arrive as they were; bytes that are none are refused."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynceus.ingest.arrow_rows import MAGIC, NoRows, read, written
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, conform
from lynceus.testing import events, flow, flows

ROWS = conform(flows([flow(1.0), flow(2.0, resp_p=80, orig_bytes=None)]), FLOW_SCHEMA)
DNS = events("dns", [{"query": "a.example", "answers": ["192.0.2.1"], "resp_h": "10.0.0.53"}])


def test_rows_arrive_as_they_were() -> None:
    assert read(written(ROWS), "flows").equals(ROWS)
    assert read(written(DNS), "dns").equals(DNS)
    assert read(written(ROWS.clear()), "flows").schema == FLOW_SCHEMA


def test_other_columns_are_left_and_types_are_ours() -> None:
    odd = pl.DataFrame({"query": ["a"], "resp_p": ["53"], "mine": [1]})
    (row,) = read(written(odd), "dns").rows(named=True)
    assert (row["query"], row["resp_p"]) == ("a", 53)
    assert list(row) == list(EVENT_SCHEMAS["dns"])


@pytest.mark.parametrize("table", ["", "FLOWS", "nothing"])
def test_a_table_that_is_none(table: str) -> None:
    with pytest.raises(NoRows, match="no table"):
        read(written(ROWS), table)


@given(st.binary(max_size=200), st.integers(0, 300), st.booleans())
def test_no_bytes_break_it(noise: bytes, at: int, magic: bool) -> None:
    whole = written(DNS)
    for data in (noise, (MAGIC if magic else b"") + noise, whole[:at], whole[:at] + noise):
        try:
            rows = read(data, "dns")
        except NoRows as error:
            assert "\n" not in str(error)
        else:
            assert rows.schema == EVENT_SCHEMAS["dns"]
