"""Tables of many hands: spaces, repeated names, odd numbers, compression."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from lynceus.learn import csv_table
from lynceus.learn.dataset import DatasetError


def read(path: Path, text: str, **options: object) -> tuple[pl.DataFrame, Counter[str]]:
    path.write_text(text)
    counted: Counter[str] = Counter()
    rows = csv_table.read(path, text={"label"}, counted=counted, **options)  # type: ignore[arg-type]
    return rows, counted


def test_spaces_trailing_commas_and_repeated_names_do_not_matter(tmp_path: Path) -> None:
    text = " Flow Dur, Rate ,Rate, Label,\r\n 1 , 2.5 ,9, a ,\r\n2,3,9,b\r\n"
    rows, counted = read(tmp_path / "t.csv", text)
    assert rows.to_dict(as_series=False) == {
        "flow_dur": [1.0, 2.0], "rate": [2.5, 3.0], "label": ["a", "b"],
    }  # fmt: skip
    assert not counted.total()


def test_what_is_no_number_is_null_and_counted(tmp_path: Path) -> None:
    rows, counted = read(tmp_path / "t.csv", "x,label\nInfinity,a\nNaN,b\nabc,c\n,d\n4 ,e\n")
    assert rows["x"].to_list() == [None, None, None, None, 4.0]
    assert counted == {"infinite_value": 1, "not_a_number": 1, "unreadable_value": 1}


def test_a_file_without_a_header_has_the_names_it_is_given(tmp_path: Path) -> None:
    rows, _ = read(tmp_path / "t.csv", "1,a\n2,b\n", names=("x", "label"))
    assert rows.rows() == [(1.0, "a"), (2.0, "b")]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"t\.csv: there is no column 'dur'"):
        read(tmp_path / "t.csv", "x,label\n1,a\n", needed=["dur"])
    with pytest.raises(DatasetError, match=r"gone\.csv"):
        csv_table.read(tmp_path / "gone.csv", text=(), counted=Counter())


def test_tables_of_a_directory_are_found_by_name_whatever_packs_them(tmp_path: Path) -> None:
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b"x,label\n1,a\n"))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "A.CSV").write_text("x,label\n")
    (tmp_path / "read.me").write_text("no table")
    names = [path.name for path in csv_table.tables(tmp_path)]
    assert names == ["b.csv.gz", "A.CSV"]
    assert csv_table.first_fields(tmp_path / "b.csv.gz") == ["x", "label"]
    assert csv_table.first_fields(tmp_path / "sub") == [""]


def test_rows_are_cleaned_and_counted() -> None:
    counted: Counter[str] = Counter()
    rows = pl.DataFrame({"x": [1.0, 1.0, -2.0, None], "label": ["a", "a", "b", None]})
    rows = csv_table.once(rows, counted)
    rows = csv_table.without(rows, pl.col("label").is_null(), "no_label", counted)
    rows = csv_table.non_negative(rows, ["x", "absent"], counted)
    assert rows["x"].to_list() == [1.0, None]
    assert counted == {"duplicate": 1, "no_label": 1, "impossible_value": 1}
