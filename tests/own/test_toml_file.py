"""`own/toml_file.py`: what a TOML file says, and where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.own import OwnFileError
from lynceus.own.toml_file import TomlFile, nearest

TEXT = "[[rule]]\nport = 1\n[[rule]]\n# more\nport = 2\n"


def test_an_error_points_to_the_line_below_its_heading(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(TEXT, encoding="utf-8")
    file = TomlFile.load(path)
    assert file.tables == {"rule": [{"port": 1}, {"port": 2}]}
    assert str(file.refused("no", "port")).endswith("a.toml:2: no")
    assert str(file.refused("no", "port", heading="[[rule]]", number=2)).endswith("a.toml:5: no")
    assert str(file.refused("no", "elsewhere")).endswith("a.toml:1: no")


@pytest.mark.parametrize(
    ("content", "line"), [(b"a = 1\nb = \n", 2), (b"\xff\xfe", 1), (b"a = 'x", 1)]
)
def test_what_is_no_toml_is_refused_with_its_line(
    tmp_path: Path, content: bytes, line: int
) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(content)
    with pytest.raises(OwnFileError, match=rf"a.toml:{line}: is no"):
        TomlFile.load(path)


def test_the_nearest_known_word_is_offered() -> None:
    assert nearest("sight", ["site", "home"]) == " (did you mean site?)"
    assert nearest("zzz", ["site", "home"]) == ""
