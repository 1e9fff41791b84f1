"""What is wrong with a file that the user wrote, and where."""

from __future__ import annotations

import re
from pathlib import Path


class OwnFileError(ValueError):
    """A file of the user's that cannot be used: a detection, a policy, the configuration. Names
    file and line."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}")


def read(path: Path) -> str:
    """The text of a file. Raises OwnFileError where there is none."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise OwnFileError(path, 1, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise OwnFileError(path, 1, "is no text in UTF-8") from None


def line_of(text: str, *words: str | None) -> int:
    """The first line that holds one of these words; 1 where none does."""
    for word in words:
        pattern = re.compile(rf"(?<![\w.]){re.escape(word)}(?![\w])") if word else None
        for number, line in enumerate(text.splitlines(), 1):
            if pattern and pattern.search(line):
                return number
    return 1
