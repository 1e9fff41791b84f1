"""What a command says on stderr: one line, made of plain characters."""

from __future__ import annotations

import sys

USAGE = 2
"""Exit code on unusable input or arguments."""


class UsageError(Exception):
    """Unusable input or arguments. The text names what it is about, what is wrong and what was
    expected; the program ends with exit code 2."""


def complain(text: str) -> None:
    """Writes one line to stderr, control characters and line breaks made visible."""
    line = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )
    sys.stderr.write(f"lynceus: {line}\n")
