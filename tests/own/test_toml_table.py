"""A table is checked against the dataclass whose fields are its keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from lynceus.own.complaint import OwnFileError
from lynceus.own.toml_file import TomlFile
from lynceus.own.toml_table import checked, table_of


@dataclass
class Limits:
    name: str
    most: int = 3
    share: float = 0.5


def told(tmp_path: Path, text: str, number: int = 1) -> dict[str, object]:
    path = tmp_path / "own.toml"
    path.write_text(text)
    file = TomlFile.load(path)
    tables = file.tables["limits"]
    table = tables[number - 1] if isinstance(tables, list) else tables
    return checked(file, table_of(Limits), table, "[[limits" if number > 1 else "[limits", number)


def test_only_what_was_set_is_given(tmp_path: Path) -> None:
    assert told(tmp_path, "[limits]\nname = 'a'\nshare = 1") == {"name": "a", "share": 1.0}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("limits = 3", "own.toml:1: limits 3: expected a table [limits]"),
        ("[limits]\nmost = 3", "[limits] lacks 'name'"),
        (
            "[limits]\nname = 'a'\nmots = 3",
            "own.toml:3: [limits] has no 'mots' (did you mean most?)",
        ),
        ("[limits]\nname = 'a'\nmost = 'x'", "own.toml:3: [limits] most 'x': expected"),
        ("[limits]\nname = 'a'\nshare = nan", "own.toml:3: [limits] share nan: expected"),
        ("[limits]\nname = 'a'\nmost = -1", "own.toml:3: [limits] most -1: expected"),
    ],
)
def test_what_cannot_be_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(OwnFileError) as error:
        told(tmp_path, text)
    assert said in str(error.value)


def test_of_several_tables_the_right_one_is_named(tmp_path: Path) -> None:
    text = "[[limits]]\nname = 'a'\nmost = 1\n[[limits]]\nname = 'b'\nmost = true\n"
    with pytest.raises(OwnFileError, match=r"own\.toml:6: \[\[limits\]\] most True"):
        told(tmp_path, text, number=2)
