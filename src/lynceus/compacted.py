"""Frames that hold no more than their own rows, and what they take in memory.

Rows that are picked out of a frame, grouped or put together share the text of the frames they come
from, all of it (Polars 2.1): what is held for long has to be written anew, or the text of all that
ever came by is held with it.
"""

from __future__ import annotations

import io

import polars as pl

VIEW_BYTES = 16
"""What a text takes beside its characters, which is all that Polars counts of it."""


def compacted(frame: pl.DataFrame) -> pl.DataFrame:
    """The same rows in one piece, with text of their own."""
    if not any(_has_text(dtype) for dtype in frame.dtypes):
        return frame.rechunk()
    into = io.BytesIO()
    frame.write_ipc(into, compat_level=pl.CompatLevel.oldest())
    into.seek(0)
    return pl.read_ipc(into).rechunk()


def bytes_of(frame: pl.DataFrame) -> int:
    """What the rows of a frame take in memory."""
    texts = 0
    for column in frame:
        if column.null_count() == frame.height:  # most often it is nowhere written out
            continue
        if isinstance(column.dtype, pl.String):
            texts += frame.height
        elif isinstance(column.dtype, pl.List) and isinstance(column.dtype.inner, pl.String):
            texts += int(column.list.len().sum())
    return int(frame.estimated_size()) + VIEW_BYTES * texts


def _has_text(dtype: pl.DataType) -> bool:
    if isinstance(dtype, pl.List):
        return _has_text(dtype.inner)  # type: ignore[arg-type]
    if isinstance(dtype, pl.Struct):
        return any(_has_text(field.dtype) for field in dtype.fields)  # type: ignore[arg-type]
    return isinstance(dtype, pl.String | pl.Binary)
