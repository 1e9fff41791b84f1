from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from lynceus import cli
from lynceus.learn.dataset import DatasetError
from lynceus.learn.evaluate.result import Figure, Result


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense", "--data", "."], "'nonsense': no such task; expected one of cicids_families"),
        (["cicids_families"], "--data: name the folder"),
        (["--data", ".", "--resume"], "--resume: name the page with --write"),
        (["--data", ".", "--write", "absent/page.md"], "page.md: there is no directory absent"),
        (["cicids_families", "--data", "absent"], "absent: there is no such file or directory"),
    ],
)
def test_what_cannot_be_measured_is_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.execute(["evaluate", *arguments]) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1


def test_the_tasks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.execute(["evaluate", "--list"]) == 0
    assert "unsw_attacks" in capsys.readouterr().out


class Given:
    """Tells when it is run; fails where it is told to."""

    title = "What was given"
    ran: ClassVar[list[str]] = []
    fault = ""

    def run(self, data: Path, trained_on: Path | None = None) -> Result:
        self.ran.append(self.title)
        if self.fault:
            raise DatasetError(self.fault)
        return Result((Figure("share", "1 of 2"),))


class Later(Given):
    """Comes after it."""

    title = "What comes after it"


def test_a_run_that_was_broken_off_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lynceus.learn.evaluate.tasks", lambda: {"given": Given, "later": Later})
    monkeypatch.setattr(Given, "ran", [])
    monkeypatch.setattr(Later, "fault", "no data")
    page = tmp_path / "figures.md"
    arguments = ["evaluate", "--data", str(tmp_path), "--write", str(page), "--resume"]
    assert cli.execute(arguments) == 0
    assert "Not measured: no data." in page.read_text()
    monkeypatch.setattr(Later, "fault", "")
    assert cli.execute(arguments) == 0
    assert Given.ran == [Given.title, Later.title, Later.title], "what was measured stays"
    assert page.read_text().count("1 of 2") == 2


@pytest.mark.long
def test_figures_are_printed_and_written(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sklearn")
    pytest.importorskip("lightgbm")
    page = tmp_path / "figures.md"
    arguments = ["stratosphere_captures", "--data", str(shared_data / "stratosphere")]
    assert cli.execute(["evaluate", *arguments, "--write", str(page)]) == 0
    assert "benign hosts accused" in capsys.readouterr().out
    assert "## Stratosphere labelled Zeek" in page.read_text()
