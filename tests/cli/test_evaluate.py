from __future__ import annotations

from pathlib import Path

import pytest

from lynceus import cli


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense", "--data", "."], "'nonsense': no such task; expected one of cicids_families"),
        (["cicids_families"], "--data: name the folder"),
        (["cicids_families", "--data", "absent"], "absent: there is no such file or directory"),
    ],
)
def test_what_cannot_be_measured_is_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["evaluate", *arguments]) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1


def test_the_tasks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["evaluate", "--list"]) == 0
    assert "unsw_attacks" in capsys.readouterr().out


@pytest.mark.long
def test_figures_are_printed_and_written(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sklearn")
    pytest.importorskip("lightgbm")
    page = tmp_path / "figures.md"
    arguments = ["stratosphere_captures", "--data", str(shared_data / "stratosphere")]
    assert cli.run(["evaluate", *arguments, "--write", str(page)]) == 0
    assert "benign hosts accused" in capsys.readouterr().out
    assert "## Stratosphere labelled Zeek" in page.read_text()
