"""A TOML file that a person wrote, and where in it something is wrong."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lynceus.own.complaint import OwnFileError, line_of, read


@dataclass(frozen=True)
class TomlFile:
    """What it says, and its text to point into."""

    path: Path
    text: str
    tables: dict[str, Any]

    @staticmethod
    def load(path: str | Path) -> TomlFile:
        """Raises OwnFileError on a file that cannot be read or is no TOML."""
        file = Path(path)
        text = read(file)
        try:
            return TomlFile(file, text, tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            at = re.search(r"line (\d+)", str(error))
            line = int(at[1]) if at else text.count("\n") + 1
            reason = re.sub(r" \(at .*\)$", "", str(error))
            raise OwnFileError(file, line, f"is no TOML: {reason}") from None

    def refused(self, reason: str, *words: str, heading: str = "", number: int = 1) -> OwnFileError:
        """An error at the first of these words, looked for from the nth such heading on."""
        lines = self.text.splitlines()
        heads = [n for n, line in enumerate(lines) if heading and line.strip().startswith(heading)]
        start = heads[number - 1] if 0 < number <= len(heads) else 0
        line = start + line_of("\n".join(lines[start:]), *words)
        return OwnFileError(self.path, line, reason)


def nearest(word: str, known: Iterable[str]) -> str:
    """` (did you mean X?)` where one of the known words is near, else nothing."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""
