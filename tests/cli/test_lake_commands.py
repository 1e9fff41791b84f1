"""`lynceus lake`, `lynceus query` and `lynceus flows` of the lake."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from lynceus.cli import execute
from lynceus.cli.clock import now_ns
from lynceus.records import FLOW_SCHEMA
from store.stored import DAY_NS, at


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "flows.parquet"
    at(0.5, 1.5, 1.6, orig_h="10.0.0.7").write_parquet(path)
    return path


@pytest.fixture
def lake(tmp_path: Path, table: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    option = ["--lake", str(tmp_path / "lake")]
    assert execute(["lake", "add", str(table), *option]) == 0
    assert "3 of 3 records added" in capsys.readouterr().out
    return option


def test_an_input_added_twice_counts_once(
    lake: list[str], table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["lake", "add", str(table), *lake]) == 0
    capsys.readouterr()
    assert execute(["query", "select count(*) as n from flows", "--format", "csv", *lake]) == 0
    assert capsys.readouterr().out == "n\n3\n"


def test_the_answer_as_table_and_as_json_lines(
    lake: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "select host, flows from host_day order by host"
    assert execute(["query", sql, *lake]) == 0
    said = capsys.readouterr()
    assert "10.0.0.7" in said.out
    assert "2 rows" in said.err
    assert execute(["query", sql, "--format", "jsonl", *lake]) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert first == {"host": "10.0.0.7", "flows": 3}


def test_what_it_holds(lake: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["lake", "show", *lake]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[:2] == ["flows", "3"] for line in lines)


def test_flows_of_the_lake_by_time_and_host(lake: list[str], tmp_path: Path) -> None:
    out = tmp_path / "some.parquet"
    chosen = ["--from", "2024-05-01T01:00", "--to", "2024-05-01 01:35", "--host", "10.0.0.7"]
    assert execute(["flows", "-o", str(out), *chosen, *lake]) == 0
    rows = pl.read_parquet(out)
    assert rows.schema == FLOW_SCHEMA
    assert rows["end_ns"].to_list() == [DAY_NS + 5_400 * 10**9]


def test_old_hours_go(lake: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert now_ns() > DAY_NS + 31 * 86_400 * 10**9
    assert execute(["lake", "retain", "--age", "flows=30d", "--size", "days=1GB", *lake]) == 0
    said = capsys.readouterr().out
    assert "flows: 2 hours of tables" in said
    assert "days: 0 hours of tables" in said


def test_an_address_is_erased_and_small_files_are_joined(
    lake: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["lake", "compact", *lake]) == 0
    assert "0 files joined" in capsys.readouterr().out
    assert execute(["lake", "erase", "10.0.0.7", *lake]) == 0
    assert "3 of flows" in capsys.readouterr().out


WRONG = {
    "no lake": (["lake", "show", "--lake", "{}/none"], "holds no flows and no events"),
    "a file": (["lake", "add", "{}/flows.parquet", "--lake", "{}/flows.parquet"], "is a file"),
    "no input": (["lake", "add", "{}/none.pcap"], "there is no such file"),
    "no rule": (["lake", "retain"], "expected --age or --size"),
    "no class": (["lake", "retain", "--age", "flow=3d"], "--age flow=3d: expected flows=..."),
    "no age": (["lake", "retain", "--age", "flows=3"], "--age, --size: "),
    "nobody": (["lake", "erase", " "], "expected an address"),
    "no form": (["query", "select 1", "--format", "xml"], "--format xml: expected one of"),
    "no time": (["flows", "-o", "{}/o.csv", "--from", "noon"], "--from noon: expected 2024-05-01"),
    "both": (["flows", "{}/flows.parquet", "-o", "{}/o.csv", "--host", "x"], "expected no INPUT"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_one_line_and_exit_2(
    case: str, lake: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, complaint = WRONG[case]
    given = [text.format(tmp_path) for text in arguments]
    assert execute(given if "--lake" in given else [*given, *lake]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert complaint in line
