"""Rows as text: no cell of CSV is a program to a spreadsheet."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from lynceus.present.table import TableWriter
from lynceus.present.text_file import without_formulas


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
