"""Lines of fields into text columns, and the lines that do not fit counted."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

PIECE_BYTES = 256 << 20
"""Long inputs are parsed in pieces of this size, to bound the memory the text columns take."""


def fields(data: bytes, width: int, separator: str) -> tuple[pl.DataFrame, int]:
    """The lines that have `width` fields, as text columns `0`, `1`, ...; and how many have not.

    Fields are never quoted; `separator` is one ASCII character. Lines whose fields are all empty
    and lines that begin with `#` are no records and not counted.
    """
    frames, wrong = [], 0
    for piece in pieces(data):
        frame, odd = _piece(piece, width, separator)
        frames.append(frame)
        wrong += odd
    none = pl.DataFrame(schema={str(i): pl.String() for i in range(width)})
    return pl.concat([none, *frames]), wrong


def pieces(data: bytes) -> Sequence[bytes]:
    """The data cut at line ends into pieces of about `PIECE_BYTES`."""
    if len(data) <= PIECE_BYTES:
        return (data,) if data else ()
    cut, begin = [], 0
    while begin < len(data):
        end = data.find(b"\n", begin + PIECE_BYTES)
        end = len(data) if end < 0 else end + 1
        cut.append(data[begin:end])
        begin = end
    return cut


def _piece(data: bytes, width: int, separator: str) -> tuple[pl.DataFrame, int]:
    frame = _read(data, width, separator)
    nothing = frame["0"].str.starts_with("#")
    if (frame["0"] == "").any():
        nothing |= frame.select(pl.all_horizontal(pl.all() == "").alias("0"))["0"]
    fits = frame[str(width)] == ""
    if ((frame[str(width - 1)] == "") & ~nothing).any():
        # A line that ends early looks like one whose last fields are empty: count exactly.
        lines = pl.read_lines(data)["line"]
        fits &= lines.str.count_matches(separator, literal=True) >= width - 1
    kept = frame.filter(fits & ~nothing).drop(str(width))
    return kept, int((~fits & ~nothing).sum())


def _read(data: bytes, width: int, separator: str) -> pl.DataFrame:
    return pl.read_csv(
        data,
        has_header=False,
        separator=separator,
        quote_char=None,
        schema={str(i): pl.String() for i in range(width + 1)},
        empty_string_is_null=False,
        extra_columns="ignore",
        missing_columns="insert",
        truncate_ragged_lines=True,
    ).pipe(_without_nulls)


def _without_nulls(frame: pl.DataFrame) -> pl.DataFrame:
    """Columns that no line has come as null: they are as empty as the others."""
    return frame.with_columns(s.fill_null("") for s in frame if s.null_count())
