"""Files of a person's own are added to whole or not at all: lynceus.cli.own_file."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.cli.complaint import UsageError
from lynceus.cli.own_file import add, write


@pytest.mark.parametrize(
    ("before", "after"), [("", "[[b]]\n"), ("[[a]]", "[[a]]\n\n[[b]]\n"), ("#\n", "#\n\n[[b]]\n")]
)
def test_a_table_goes_below_what_is_there(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "own.toml"
    if before:
        file.write_text(before, encoding="utf-8")
    add(file, "[[b]]\n")
    assert file.read_text(encoding="utf-8") == after
    assert [one.name for one in tmp_path.iterdir()] == ["own.toml"]


def test_what_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="cannot be read"):
        add(tmp_path / "own.toml", "[[b]]\n")
    with pytest.raises(UsageError, match="cannot be written"):
        write(tmp_path / "none" / "own.toml", "x")
