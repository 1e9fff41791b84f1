"""Rows of our own tables as they travel: an Arrow IPC stream a message, its table named beside it.

What comes in is no more believed than a file: columns in our types, others left, anything that is
no such stream an error.
"""

from __future__ import annotations

import io

import polars as pl

from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, conform

FLOWS = "flows"

MAGIC = b"\xff\xff\xff\xff"
"""First bytes of an Arrow IPC stream."""


class NoRows(ValueError):  # noqa: N818 - it says what came
    """Bytes that are no rows of a table of ours."""


def schema_of(table: str) -> pl.Schema:
    """The columns of `flows` or of a table of events. Raises `NoRows` on any other name."""
    if table == FLOWS:
        return FLOW_SCHEMA
    if table not in EVENT_SCHEMAS:
        raise NoRows(f"no table {table[:40]!r}")
    return EVENT_SCHEMAS[table]


def written(frame: pl.DataFrame) -> bytes:
    """The rows as an Arrow IPC stream, not compressed, without columns that hold nothing."""
    held = [s.name for s in frame if s.null_count() < s.len()]
    out = io.BytesIO()
    frame.select(held).rechunk().write_ipc_stream(out, compression="uncompressed")
    return out.getvalue()


def read(data: bytes, table: str) -> pl.DataFrame:
    """The rows of a stream in the columns of a table. Raises `NoRows`."""
    return shaped(data, schema_of(table))


def shaped(data: bytes, schema: pl.Schema) -> pl.DataFrame:
    """The rows of a stream in these columns. Raises `NoRows`."""
    if not data.startswith(MAGIC):
        raise NoRows("not an Arrow IPC stream")
    try:
        return conform(pl.read_ipc_stream(io.BytesIO(data)), schema)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        raise NoRows(str(error).splitlines()[0] if str(error) else "not Arrow IPC") from None
