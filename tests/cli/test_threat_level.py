"""`lynceus threat-level`: what is set is kept, and shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus import cli
from lynceus.threat_level import ThreatLevels


def run(*arguments: object) -> int:
    return cli.execute(["threat-level", *map(str, arguments)])


def test_a_level_is_set_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "levels.toml"
    assert run("set", "severe", "--why", "seen here", "--who", "jana", "--file", file) == 0
    assert "SIGHUP" in capsys.readouterr().err
    past = ("--from", "2020-01-01", "--until", "2020-02-01")
    assert run("set", "elevated", "--why", "long ago", *past, "--file", file) == 0
    assert "SIGHUP" not in capsys.readouterr().err
    assert run("show", "--file", file) == 0
    now, last, first = capsys.readouterr().out.splitlines()
    assert now == "severe"
    assert last.startswith("elevated from 2020-01-01 00:00 until 2020-02-01 00:00 UTC, by ")
    assert first.startswith("severe from ")
    assert first.endswith("by jana: seen here")
    assert len(ThreatLevels.load(file).all) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sever", "--why", "x"), "did you mean severe"),
        (("severe", "--why", " "), "--why"),
        (("severe", "--why", "x", "--until", "soon"), "--until soon"),
        (("severe", "--why", "x", "--until", "2020-01-01"), "expected a time after"),
    ],
)
def test_what_cannot_be_is_refused(
    arguments: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "levels.toml"
    assert run("set", *arguments, "--file", file) == 2
    assert said in capsys.readouterr().err
    assert not file.exists()


def test_a_file_that_is_none_of_these_is_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "levels.toml"
    file.write_text("[[threat_level]]\nlevel = 1\n", encoding="utf-8")
    assert run("set", "severe", "--why", "x", "--file", file) == 2
    assert "lacks 'from'" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == "[[threat_level]]\nlevel = 1\n"
