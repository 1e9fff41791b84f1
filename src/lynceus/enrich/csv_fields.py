"""The rows of a CSV that a person made, by the fields that are meant, whatever its headers say."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lynceus.enrich.lists import ListError


@dataclass(frozen=True)
class Line:
    """One row."""

    number: int
    """Its line in the file."""
    cells: dict[str, str]
    """What stands in it, by field; nothing where the file has no such column."""


def csv_fields(
    text: str, path: str | Path, headers: Mapping[str, Sequence[str]], example: str
) -> Iterator[Line]:
    """The rows; the first field of `headers` is needed.

    `headers` has by field the header names that are understood. Raises ListError naming file and
    line where the header does not do.
    """
    all_lines = text.splitlines()
    lines = [line for line in all_lines if line.strip() and not line.startswith("#")]
    needed, names = next(iter(headers.items()))
    if not lines:
        raise ListError(f"{path}: empty, expected a CSV with a header such as {example}")
    separator = max(",;\t|", key=lines[0].count)
    number = {line: i for i, line in reversed(list(enumerate(all_lines, start=1)))}
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    try:
        first = next(reader)
    except csv.Error as error:
        raise ListError(
            f"{path} line {number[lines[0]]}: {error}; expected a header such as {example}"
        ) from None
    header = [re.sub(r"[\s\-]+", "_", h.strip().lower()) for h in first]
    at = {
        field: next((header.index(n) for n in known if n in header), -1)
        for field, known in headers.items()
    }
    if at[needed] < 0:
        told = ", ".join(header)[:80]
        raise ListError(
            f"{path} line {number[lines[0]]}: no column {names[0]} or {names[-1]} among {told}; "
            f"expected a header such as {example}"
        )
    last = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            last = reader.line_num
            continue
        if row is None:
            return
        cells = {f: row[i].strip() if 0 <= i < len(row) else "" for f, i in at.items()}
        yield Line(number[lines[last]], cells)
        last = reader.line_num


def words(cell: str) -> list[str]:
    """The words of a cell that may hold several, with blanks, commas or the like between them."""
    return [word for word in re.split(r"[\s;|,]+", cell) if word]
