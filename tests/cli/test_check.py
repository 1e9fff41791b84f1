"""`lynceus check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.cli import execute


def test_says_what_is_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lynceus.toml"
    file.write_text(
        'site = "office"\n[detect.beacon]\nbeats = 30\n[detect.strobe]\noff = true\n',
        encoding="utf-8",
    )
    assert execute(["check", str(file)]) == 0
    said = capsys.readouterr().out
    assert "in order: site office" in said
    assert "1 with thresholds of your own, 1 off" in said


@pytest.mark.parametrize(
    ("named", "text", "complaint"),
    [
        ("policy", "nothing = 1", "policy.toml:1: the policy has no 'nothing'"),
        ("suppress", "nothing = 1", "expected nothing but [[suppress]]"),
    ],
)
def test_looks_into_the_files_that_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], named: str, text: str, complaint: str
) -> None:
    (tmp_path / f"{named}.toml").write_text(text, encoding="utf-8")
    file = tmp_path / "lynceus.toml"
    file.write_text(f'{named} = "{named}.toml"', encoding="utf-8")
    assert execute(["check", str(file)]) == 2
    assert complaint in capsys.readouterr().err


def test_a_wrong_file_is_one_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["check", str(tmp_path / "none.toml")]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "none.toml:1: cannot be read" in line
