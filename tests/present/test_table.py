"""A table written batch by batch reads back as the batches it was given."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from polars.testing.parametric import column, dataframes

from lynceus import _core
from lynceus.present.table import TableWriter
from lynceus.records import FLOW_SCHEMA

FRAME = pl.DataFrame(
    {"n": [1, None], "text": ['quote " comma ,', None], "sizes": [[1, 2], None]},
    schema_overrides={"n": pl.UInt32, "sizes": pl.List(pl.UInt16)},
)


def write(path: Path, batches: int) -> None:
    with TableWriter(path, FRAME.schema) as table:
        for _ in range(batches):
            table.write(FRAME)


def test_parquet_reads_back_equal(tmp_path: Path) -> None:
    write(tmp_path / "t.parquet", 3)
    assert pl.read_parquet(tmp_path / "t.parquet").equals(pl.concat([FRAME] * 3))


def test_csv_has_one_header_and_lists_as_json(tmp_path: Path) -> None:
    write(tmp_path / "t.csv", 2)
    back = pl.read_csv(tmp_path / "t.csv")
    assert back.columns == FRAME.columns
    assert back.height == 4
    assert json.loads(back["sizes"][0]) == [1, 2]
    assert back["text"][0] == 'quote " comma ,'


def test_json_lines_one_object_a_row(tmp_path: Path) -> None:
    write(tmp_path / "t.jsonl", 2)
    rows = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert rows == FRAME.to_dicts() * 2


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_a_table_without_rows_is_still_a_file(tmp_path: Path, suffix: str) -> None:
    write(tmp_path / f"t{suffix}", 0)
    assert (tmp_path / f"t{suffix}").exists()


def test_a_broken_run_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), TableWriter(tmp_path / "t.parquet", FRAME.schema) as table:
        table.write(FRAME)
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_place_is_an_error_not_a_hang(tmp_path: Path) -> None:
    table = TableWriter(tmp_path / "absent" / "t.csv", FRAME.schema)
    with pytest.raises(OSError, match="absent"):
        table.close()


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must end in"):
        TableWriter(tmp_path / "t.xlsx", FRAME.schema)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_columns_and_rows_may_come_from_the_meter(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"t{suffix}"
    with TableWriter(path, _core.no_flows()) as table:
        table.write(_core.no_flows())
    assert table.rows == 0
    read = {".parquet": pl.read_parquet, ".csv": pl.read_csv, ".jsonl": pl.read_ndjson}[suffix]
    if suffix != ".jsonl":
        assert read(path).columns == list(FLOW_SCHEMA)


def test_parquet_keeps_every_type_and_null_in_groups_of_rows(tmp_path: Path) -> None:
    count = 40_000
    numbers = pl.int_range(count, eager=True)
    frame = pl.DataFrame(
        {
            "always": pl.Series([7] * count, dtype=pl.UInt16),
            "never": pl.Series([None] * count, dtype=pl.Float32),
            "each": numbers.cast(pl.UInt64) + (1 << 63),
            "some": pl.select(pl.when(numbers % 3 == 0).then(numbers / 7)).to_series(),
            "text": pl.select(pl.format("flow {} of many", numbers)).to_series(),
            "flag": numbers % 5 == 0,
            "list": pl.Series([[1, 2], [], None, [3]] * (count // 4), dtype=pl.List(pl.UInt32)),
        }
    )
    path = tmp_path / "t.parquet"
    with TableWriter(path, frame.schema) as table:
        for begin in range(0, count, 9_000):
            table.write(frame[begin : begin + 9_000])
    back = pl.read_parquet(path)
    assert_frame_equal(back, frame)
    told = pq.ParquetFile(path).metadata
    assert [told.row_group(i).num_rows for i in range(told.num_row_groups)] == [32_768, 7_232]
    least = told.row_group(1).column(2).statistics.min
    assert least == (1 << 63) + 32_768


TYPES = (
    *(pl.Boolean, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64, pl.Int32, pl.Int64),
    *(pl.Float32, pl.Float64, pl.String),
)


@settings(deadline=None, max_examples=12)
@given(
    dataframes(
        [
            *(column(f"flat {dtype}", dtype=dtype) for dtype in TYPES),
            *(column(f"list {dtype}", dtype=pl.List(dtype)) for dtype in TYPES),
        ],
        max_size=60,
        allow_null=True,
    ),
    st.integers(1, 30),
)
def test_any_values_in_any_batches_read_back(
    tmp_path_factory: pytest.TempPathFactory, frame: pl.DataFrame, rows: int
) -> None:
    path = tmp_path_factory.mktemp("any") / "t.parquet"
    with TableWriter(path, frame.schema) as table:
        for begin in range(0, frame.height, rows):
            table.write(frame[begin : begin + rows])
    assert_frame_equal(pl.read_parquet(path), frame, check_exact=True)
    by_arrow = pl.DataFrame(pq.read_table(path))
    assert_frame_equal(by_arrow.cast(frame.schema), frame, check_exact=True)


def test_rows_with_other_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError), TableWriter(tmp_path / "t.parquet", FRAME.schema) as table:
        table.write(FRAME.with_columns(pl.col("n").cast(pl.String)))
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_an_error_that_says_so() -> None:
    file = _core.ParquetFile("/dev/full", FRAME)
    with pytest.raises(OSError, match="No space left on device") as failed:
        file.close()
    assert failed.value.errno == errno.ENOSPC
    assert failed.value.strerror == "No space left on device"
