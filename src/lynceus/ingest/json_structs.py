"""Nested JSON, one object a line, into columns of structs whose leaves are text.

The fast reader refuses a piece as a whole for one line it cannot take; such pieces are halved until
only the lines around it are read one by one. What does not have the wanted shape is null there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

FEW = 64
"""Lines that are read one by one rather than halved further."""

Shape = Mapping[str, pl.DataType | type[pl.DataType]]


def structs(lines: pl.Series, shape: Shape) -> tuple[pl.DataFrame, pl.Series]:
    """One row a line in the columns of `shape`, and which lines are JSON objects at all.

    `lines` hold no line ends. Every leaf of `shape` is text: numbers as written.
    """
    frames: list[pl.DataFrame] = []
    sound: list[pl.Series] = []
    todo = [lines]
    while todo:
        part = todo.pop()
        frame = _fast(part, shape)
        if frame is not None:
            frames.append(frame)
            sound.append(pl.repeat(value=True, n=part.len(), dtype=pl.Boolean(), eager=True))
        elif part.len() <= FEW:
            frame, good = _one_by_one(part, shape)
            frames.append(frame)
            sound.append(good)
        else:
            half = part.len() // 2
            todo += [part.slice(half), part.slice(0, half)]
    none = pl.DataFrame(schema=pl.Schema(shape))
    return pl.concat([none, *frames]), pl.concat([pl.Series(dtype=pl.Boolean()), *sound])


def _fast(lines: pl.Series, shape: Shape) -> pl.DataFrame | None:
    if lines.is_empty():
        return pl.DataFrame(schema=pl.Schema(shape))
    try:
        frame = pl.read_ndjson("\n".join(lines).encode(), schema=pl.Schema(shape))
    except pl.exceptions.PolarsError:
        return None
    return frame if frame.height == lines.len() else None


def _one_by_one(lines: pl.Series, shape: Shape) -> tuple[pl.DataFrame, pl.Series]:
    whole = pl.Struct(shape)
    rows, good = [], []
    for line in lines:
        try:
            read = json.loads(line, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            read = None
        good.append(isinstance(read, dict))
        rows.append(_shaped(read if isinstance(read, dict) else {}, whole))
    return pl.DataFrame(rows, schema=pl.Schema(shape)), pl.Series(good, dtype=pl.Boolean())


def _shaped(value: Any, dtype: Any) -> Any:
    """The value as `dtype` wants it; null what has another shape."""
    if isinstance(dtype, pl.Struct):
        if not isinstance(value, dict):
            return None
        return {field.name: _shaped(value.get(field.name), field.dtype) for field in dtype.fields}
    if isinstance(dtype, pl.List):
        return [_shaped(v, dtype.inner) for v in value] if isinstance(value, list) else None
    if value is None or isinstance(value, dict | list):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).encode("utf-8", "replace").decode()
