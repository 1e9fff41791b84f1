"""A file of a person's own that a command adds to: whole or not at all."""

from __future__ import annotations

from pathlib import Path

from lynceus.cli.complaint import UsageError


def add(file: Path, table: str) -> None:
    """Writes a table below what a file holds; one that is not there begins with it."""
    try:
        text = file.read_text(encoding="utf-8") if file.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read: {error}") from None
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    write(file, f"{text}{gap}{table}")


def write(file: Path, text: str) -> None:
    """Puts a text in the place of what a file holds."""
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(file)
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)
