"""A table written batch by batch reads back as the batches it was given."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from lynceus.present.table import TableWriter, without_formulas

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


@pytest.mark.parametrize(
    "hostile", ["=cmd|'/c calc'!A1", "+1+1", "@SUM(1)", "-2+3", "\t=1", "\r=1"]
)
def test_no_cell_of_csv_is_a_formula(hostile: str, tmp_path: Path) -> None:
    rows = pl.DataFrame({"agent": [hostile, "plain", "-", None], "n": [-1, 2, 3, 4]})
    with TableWriter(tmp_path / "t.csv", rows.schema) as table:
        table.write(rows)
    back = pl.read_csv(tmp_path / "t.csv")
    assert back["agent"].to_list() == [f"'{hostile}", "plain", "-", None]
    assert back["n"].to_list() == [-1, 2, 3, 4], "numbers stay numbers"
    assert without_formulas(rows.select("n")).equals(rows.select("n"))
