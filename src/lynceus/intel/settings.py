"""The table `[intel]` of the configuration.

intel = ["indicators.csv"]            # only lists, or

[intel]
lists = ["indicators.csv"]
store = "intel"                       # the folder that `lynceus intel update` fills
warninglists = ["misp-warninglists"]  # what is no sign of anything, as MISP has it
lake = "lake"                         # new indicators are looked for in what was seen
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lynceus.own.toml_file import TomlFile, nearest

KEYS = ("lists", "store", "warninglists", "lake")


@dataclass(frozen=True)
class IntelSettings:
    """What a person set about threat intelligence."""

    lists: tuple[Path, ...] = ()
    store: Path | None = None
    warninglists: tuple[Path, ...] = ()
    lake: Path | None = None

    @property
    def sources(self) -> tuple[Path, ...]:
        """What an analysis reads: the lists, and the store once it is filled."""
        filled = self.store is not None and (self.store / "matching.parquet").exists()
        return (*self.lists, self.store) if filled and self.store else self.lists


def settings(file: TomlFile, given: object) -> IntelSettings:
    """The settings of a list of files or of a table. Raises `OwnFileError` naming the line."""
    table: Mapping[str, Any] = given if isinstance(given, dict) else {"lists": given or []}
    for key in table:
        if key not in KEYS:
            raise file.refused(f"[intel] has no {key!r}{nearest(key, KEYS)}", key)
    return IntelSettings(
        lists=_there(file, table, "lists"),
        store=_folder(file, table, "store"),
        warninglists=_there(file, table, "warninglists"),
        lake=_folder(file, table, "lake"),
    )


def _there(file: TomlFile, table: Mapping[str, Any], key: str) -> tuple[Path, ...]:
    names = table.get(key, [])
    name = "intel" if key == "lists" else key
    if not isinstance(names, list):
        raise file.refused(f'{name} {names!r}: expected a list such as ["..."]', name)
    paths = []
    for text in names:
        path = file.path.parent / _text(file, name, text)
        if not path.exists():
            raise file.refused(f"{name} {text!r}: there is no such file or directory", text, name)
        paths.append(path)
    return tuple(paths)


def _folder(file: TomlFile, table: Mapping[str, Any], key: str) -> Path | None:
    if key not in table:
        return None
    path = file.path.parent / _text(file, key, table[key])
    if path.exists() and not path.is_dir():
        raise file.refused(f"{key} {table[key]!r}: is a file; expected a folder", key)
    return path


def _text(file: TomlFile, name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise file.refused(f"{name} {value!r}: expected a text in quotes", name)
    return value
