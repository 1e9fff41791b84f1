"""Lines of JSON that people write: what is wrong is named with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.learn import json_lines
from lynceus.learn.dataset import DatasetError


def test_lines_are_told_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text('{"attack": "beacon"}\n\n{"attack": "flood"}\n')
    told = list(json_lines.read(path, ["attack"]))
    assert [(place.rpartition(":")[2], line["attack"]) for place, line in told] == [
        ("1", "beacon"), ("3", "flood"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", r":1: not a JSON object"),
        ("[1]", r":1: not a JSON object"),
        ('{"attack": ""}', r":1: there is no 'attack'"),
        ("\x00\udcff", "cannot be read"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_bytes(line.encode("utf-8", "surrogateescape"))
    with pytest.raises(DatasetError, match=says):
        list(json_lines.read(path, ["attack"]))
