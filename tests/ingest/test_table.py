from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from lynceus.ingest import InputError, open_frame, read_flows
from lynceus.ingest.table import Table
from lynceus.present.table import TableWriter
from lynceus.records import FLOW_SCHEMA

FEW = """ts_ns,orig_h,orig_p,resp_h,resp_p,proto,duration_s,orig_bytes,resp_bytes
1665150785996414000,192.0.2.1,50000,198.51.100.7,443,tcp,1.5,100,2000
1665150786000001000,2001:DB8::1,50001,2001:db8::2,53,udp,,,
"""


def test_a_subset_of_the_columns_will_do(whole: Any) -> None:
    batch, account = whole(FEW)
    second, first = batch.flows.to_dicts()
    assert (first["total_bytes"], first["end_ns"] - first["ts_ns"]) == (2100, 1_500_000_000)
    assert (first["source"], first["orig_by"], first["part"]) == ("table", "source", 0)
    assert first["community_id"].startswith("1:")
    assert (second["orig_h"], second["duration_s"], second["total_bytes"]) == (
        "2001:db8::1",
        None,
        None,
    )
    assert (account.received, account.kept, dict(account.notes)) == (2, 2, {})


@pytest.mark.parametrize("separator", ["\t", ";", "|"])
def test_other_separators(whole: Any, separator: str) -> None:
    expected = whole(FEW)[0].flows.drop("input_digest")
    assert whole(FEW.replace(",", separator))[0].flows.drop("input_digest").equals(expected)


def full() -> pl.DataFrame:
    """A flow with a value in every column."""
    values: dict[str, list[object]] = {}
    for name, dtype in FLOW_SCHEMA.items():
        if isinstance(dtype, pl.List):
            values[name] = [[True, False] if dtype.inner == pl.Boolean else [1, 2, 3]]
        elif dtype == pl.String:
            values[name] = ["x"]
        elif dtype == pl.Boolean:
            values[name] = [True]
        else:
            values[name] = [7]
    values |= {"orig_h": ["192.0.2.1"], "resp_h": ["192.0.2.2"], "proto": ["tcp"]}
    return pl.DataFrame(values, schema=FLOW_SCHEMA)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_what_was_written_comes_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"flows{suffix}"
    with TableWriter(path, FLOW_SCHEMA) as table:
        table.write(full())
    assert read_flows(path).equals(full())


def test_unknown_columns_are_said(whole: Any) -> None:
    _, account = whole(FEW.replace("proto", "protocol_name"))
    assert account.notes == {"unknown_column_protocol_name": 1}


def test_a_row_that_does_not_fit_is_dropped_by_column(whole: Any) -> None:
    rows = (
        FEW
        + "1,192.0.2.1,99999,192.0.2.2,1,tcp,,,\n"
        + "1,host,1,192.0.2.2,1,tcp,,,\n"
        + "1,2,3,4,5,6,7,8,9,10,11\n"
    )
    batch, account = whole(rows)
    assert batch.flows.height == 2
    assert account.dropped == {
        "unreadable_orig_p": 1,
        "unreadable_orig_h": 1,
        "wrong_number_of_fields": 1,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "orig_h,resp_h,orig_bytes\n192.0.2.1,192.0.2.2,many\n",
            "column orig_bytes is not a number",
        ),
        ("orig_h,resp_h\nhost,192.0.2.2\n", "column orig_h is not an address"),
        (
            "orig_h,resp_h,bytes_are_ip\n192.0.2.1,192.0.2.2,perhaps\n",
            "column bytes_are_ip is not true",
        ),
    ],
)
def test_a_column_of_a_wrong_type_is_named(whole: Any, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        whole(text)


def test_broken_parquet(whole: Any, tmp_path: Path) -> None:
    path = tmp_path / "flows.parquet"
    full().write_parquet(path)
    whole_file = path.read_bytes()
    for broken in (
        whole_file[:200],
        b"PAR1" + bytes(100),
        b"PAR1PAR1",
        whole_file[:-20] + bytes(20),
    ):
        with pytest.raises(InputError, match="unreadable Parquet"):
            whole(broken)


def test_parquet_without_the_ends(whole: Any, tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    pl.DataFrame({"a": [1]}).write_parquet(path)
    with pytest.raises(InputError, match="no column orig_h"):
        whole(path)


def test_frames_in_memory() -> None:
    frame = pl.DataFrame({"orig_h": ["192.0.2.1"], "resp_h": ["192.0.2.2"], "ts_ns": [5]})
    expected = next(open_frame(frame).batches()).flows
    assert expected["input_digest"].to_list() == [None]
    for other in (frame.to_arrow(), pd.DataFrame(frame.to_dict(as_series=False)), pa.table(frame)):
        assert next(open_frame(other).batches()).flows.equals(expected)


@pytest.mark.parametrize("odd", [7, "text", object(), pl.DataFrame({"a": [1]}), pl.DataFrame()])
def test_what_is_no_frame_of_flows(odd: object) -> None:
    with pytest.raises(InputError):
        list(open_frame(odd).batches())


def test_a_subset_is_recognised_whatever_its_name() -> None:
    assert Table.recognise(FEW.encode(), Path("x.log")) == 1.0
    assert Table.recognise(b"a,b\n1,2\n", Path("flows.csv")) == 0.0
