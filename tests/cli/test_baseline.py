"""`lynceus baseline`, and `analyze --baseline`."""

from __future__ import annotations

from pathlib import Path

import pytest

from detect.baselines import days
from lynceus import cli

Captured = pytest.CaptureFixture[str]

APPROVE = ("approve", "--state", "STATE", "--entity", "10.0.0.11", "--why", "x")


@pytest.fixture(scope="module", name="state")
def _state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    days(5, hosts=4).write_parquet(folder / "old.parquet")
    days(1, seed=3, first=5, hosts=4).write_parquet(folder / "new.parquet")
    assert run("learn", folder / "old.parquet", "--state", folder / "baseline") == 0
    return folder / "baseline"


def run(*arguments: object) -> int:
    return cli.execute(["baseline", *map(str, arguments)])


def test_what_is_known_is_shown(state: Path, capsys: Captured) -> None:
    assert run("show", "--state", state) == 0
    told = capsys.readouterr().out
    assert "hosts: 5 known by" in told
    assert "ready: up to" in told
    assert run("show", "--state", state, "--entity", "10.0.0.11") == 0
    assert "10.0.0.11: " in capsys.readouterr().out


def test_an_analysis_compares_and_learns(state: Path, capsys: Captured) -> None:
    fresh = str(state.parent / "new.parquet")
    given = ["analyze", fresh, "--baseline", str(state), "--anomalies-per-day", "2"]
    assert cli.execute(given) == 0
    told = capsys.readouterr().out
    assert "Failed" not in told
    assert run("show", "--state", state) == 0
    assert "of 6 days" in capsys.readouterr().out


def test_a_change_is_approved_and_a_host_forgotten(state: Path, capsys: Captured) -> None:
    approve = ["approve", "--state", state, "--entity", "10.0.0.12", "--why", "new backup"]
    assert run(*approve, "--since", "2023-11-17", "--number", "outside_sent_bytes") == 0
    assert "why new backup" in capsys.readouterr().out
    moved = ["--entity", "10.0.0.13", "--moved-to", "10.0.0.99", "--why", "new desk"]
    assert run("approve", "--state", state, *moved) == 0
    assert run("reset", "--state", state, "--entity", "10.0.0.12") == 0
    capsys.readouterr()
    assert run("show", "--state", state) == 0
    shown = capsys.readouterr().out
    assert "approved: entity 10.0.0.12" in shown
    assert "moved_to 10.0.0.99" in shown
    assert run("show", "--state", state, "--entity", "10.0.0.12") == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["show", "--state", "nowhere"], "holds no baseline.json"),
        (["learn", "nowhere.log"], "there is no such file"),
        (["learn", "STATE/baseline.json", "--anomalies-per-day", "0"], "expected a number above 0"),
        (["learn", "STATE/baseline.json", "--home", "x"], "--home x: expected a network such as"),
        (["reset", "--state", "STATE"], "expected either --entity ADDRESS or --all"),
        (["reset", "--state", "STATE", "--entity", "192.0.2.9"], "knows no such host"),
        (
            [*APPROVE, "--since", "soon"],
            "expected a time such as",
        ),
        (
            [*APPROVE, "--number", "no"],
            "no number 'no'",
        ),
        (
            [*APPROVE, "--moved-to", "10.0.0.98", "--since", "2023-11-17"],
            "expected no --since",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line(
    state: Path, capsys: Captured, arguments: list[str], reason: str
) -> None:
    assert run(*(argument.replace("STATE", str(state)) for argument in arguments)) == 2
    told = capsys.readouterr().err
    assert reason in told
    assert told.count("\n") == 1


def test_everything_is_forgotten(tmp_path: Path, capsys: Captured) -> None:
    days(1, hosts=2).write_parquet(tmp_path / "old.parquet")
    folder = tmp_path / "baseline"
    assert run("learn", tmp_path / "old.parquet", "--state", folder) == 0
    assert run("reset", "--state", folder, "--all") == 0
    capsys.readouterr()
    assert run("show", "--state", folder) == 0
    assert "nothing seen yet" in capsys.readouterr().out
