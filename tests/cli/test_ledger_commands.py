"""`lynceus ledger` and `lynceus audit`."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from lynceus.cli import execute
from lynceus.results import Results
from lynceus.testing import flow, flows


@pytest.fixture
def results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    scan = flows(flow(resp_p=port, conn_state="REJ") for port in range(1, 60))
    scan.write_parquet(tmp_path / "scan.parquet")
    assert execute(["analyze", str(tmp_path / "scan.parquet"), "--out", str(tmp_path / "r")]) == 0
    capsys.readouterr()
    return tmp_path / "r"


def test_incidents_are_kept_listed_and_judged(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = ["--ledger", str(tmp_path / "ledger.db")]
    assert execute(["ledger", "add", str(results), *ledger]) == 0
    assert execute(["ledger", "add", str(results), *ledger]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert not first.startswith("0 incidents")
    assert second == "0 incidents new or changed, 0 findings new"
    incident = Results(results).incidents[0].id
    why = ["--why", "our scanner", "--by", "ada"]
    assert execute(["ledger", "judge", incident, "false_positive", *why, *ledger]) == 0
    assert execute(["ledger", "list", *ledger]) == 0
    listed = capsys.readouterr().out
    assert incident in listed
    assert "false_positive" in listed
    assert execute(["audit", "verify", *ledger]) == 0
    assert "lynceus: 2 entries hold" in capsys.readouterr().out
    assert execute(["audit", "show", *ledger]) == 0
    assert "our scanner" in capsys.readouterr().out


def test_a_tampered_trail_is_exit_2(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = ["--ledger", str(tmp_path / "ledger.db")]
    execute(["ledger", "add", str(results), *ledger])
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("update audit set subject = 'x'")
    assert execute(["audit", "verify", *ledger]) == 2
    assert "was tampered with in 1 places" in capsys.readouterr().err


WRONG = {
    "no results": (["ledger", "add", "{}"], "holds no incidents.jsonl"),
    "no verdict": (
        ["ledger", "judge", "x", "maybe", "--why", "y"],
        "verdict 'maybe': expected one",
    ),
    "no incident": (["ledger", "judge", "x", "true_positive", "--why", "y"], "no such incident"),
    "no reason": (["ledger", "judge", "x", "true_positive", "--why", " "], "expected the reason"),
    "no place": (["audit", "verify", "--ledger", "{}/no/where.db"], "cannot be opened"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_one_line_and_exit_2(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, complaint = WRONG[case]
    given = [text.format(tmp_path) for text in arguments]
    named = [] if "--ledger" in given else ["--ledger", str(tmp_path / "ledger.db")]
    assert execute([*given, *named]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert complaint in line
