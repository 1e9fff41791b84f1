"""JSON lines into text columns: numbers as written, lists as JSON text, broken lines counted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from lynceus.ingest.delimited import pieces

OBJECT = r"^\s*\{.*\}\s*$"

FLAT_LIST = r'^\[(?:\s*(?:"(?:[^"\\]|\\.)*"|-?[0-9][-+.0-9eE]*|true|false|null)\s*,?)*\s*\]$'
"""A JSON list of plain values."""


def objects(data: bytes, names: Sequence[str]) -> tuple[pl.DataFrame, int]:
    """The objects, one a line, as text columns `names`; and how many lines were none."""
    schema = {name: pl.String() for name in names}
    frames, wrong = [pl.DataFrame(schema=schema)], 0
    for piece in pieces(data):
        frame, odd = _piece(piece, schema)
        frames.append(frame)
        wrong += odd
    return pl.concat(frames), wrong


def _piece(data: bytes, schema: dict[str, pl.String]) -> tuple[pl.DataFrame, int]:
    lines = pl.read_lines(data)["line"]
    written = lines.filter(lines.str.contains(r"\S"))
    fit = written.filter(written.str.contains(OBJECT))
    odd = written.len() - fit.len()
    if fit.is_empty():
        return pl.DataFrame(schema=schema), odd
    try:
        good = data if odd == 0 else "\n".join(fit).encode()
        frame = pl.read_ndjson(good, schema=schema)
    except pl.exceptions.PolarsError:
        return _one_by_one(fit, schema, odd)
    return frame, odd


def _one_by_one(
    lines: pl.Series, schema: dict[str, pl.String], odd: int
) -> tuple[pl.DataFrame, int]:
    """The slow way, for pieces that hold a line the fast reader refuses as a whole."""
    columns: dict[str, list[str | None]] = {name: [] for name in schema}
    for line in lines:
        try:
            read = json.loads(line, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            odd += 1
            continue
        for name, values in columns.items():
            values.append(_text(read.get(name)))
    return pl.DataFrame(columns, schema=schema), odd


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()


def lists(values: pl.Series) -> pl.Series:
    """JSON text of flat lists as lists of text; a plain value as a list of one; the rest null."""
    flat = values.str.contains(FLAT_LIST)
    text = values.zip_with(flat, values.clear(values.len()))
    try:
        found = text.str.json_decode(pl.List(pl.String))
    except pl.exceptions.PolarsError:
        found = pl.Series(values.name, [_list(v) for v in text], dtype=pl.List(pl.String))
    plain = values.is_not_null() & ~values.str.starts_with("[") & ~values.str.starts_with("{")
    if plain.any():
        one = values.to_frame().select(pl.concat_list(pl.first()))[values.name]
        found = one.zip_with(plain, found)
    return found


def _list(text: str | None) -> list[str | None] | None:
    try:
        read = json.loads(text, parse_float=str, parse_int=str) if text else None
    except ValueError:
        return None
    return [_text(value) for value in read] if isinstance(read, list) else None
