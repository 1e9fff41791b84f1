"""Lines of JSON that a person or a program wrote beside the data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lynceus.learn.dataset import DatasetError


def read(path: Path, needed: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line as an object, after its place as `file:line`; empty lines are none.

    Raises `DatasetError` naming file, line and the field that is missing.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: cannot be read: {error}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            told = json.loads(line)
        except ValueError:
            raise DatasetError(f"{place}: not a JSON object") from None
        if not isinstance(told, dict):
            raise DatasetError(f"{place}: not a JSON object")
        if missing := [name for name in needed if told.get(name) in (None, "", [])]:
            raise DatasetError(f"{place}: there is no {missing[0]!r}")
        yield place, told
