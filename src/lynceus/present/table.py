"""Writes flow and event tables batch by batch, in bounded memory: Parquet, CSV or JSON lines.

A table is written under a temporary name and renamed when it is whole, so a broken run leaves
no half file behind under the name that was asked for.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from lynceus import _core

if TYPE_CHECKING:
    import polars as pl

FORMATS = (".parquet", ".csv", ".jsonl")
"""What the end of the file's name may be."""


class Rows(Protocol):
    """Rows in Arrow: a Polars frame, or what the meter gives."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

    def __len__(self) -> int: ...


class _File(Protocol):
    """A file that takes rows in a thread of its own, and is whole once it is closed."""

    def write(self, rows: Rows) -> None: ...

    def close(self) -> None: ...


class TableWriter:
    """One table file, open for writing. Use as a context manager."""

    def __init__(self, path: Path, schema: pl.Schema | _core.ArrowFrame) -> None:
        """`schema` has the columns; that of an Arrow table serves as well."""
        if path.suffix not in FORMATS:
            raise ValueError(f"{path}: the name must end in {', '.join(FORMATS)}")
        self.path = path
        self.rows = 0
        self._part = path.with_name(f".{path.name}.part")
        self._file = _opened(self._part, path.suffix, schema)

    def write(self, rows: Rows) -> None:
        """Takes a batch with the columns of the file; waits when the disk is behind."""
        if len(rows):
            self.rows += len(rows)
            self._file.write(rows)

    def close(self) -> None:
        """Writes what is left and gives the file its name."""
        try:
            self._file.close()
        except BaseException:
            self._part.unlink(missing_ok=True)
            raise
        self._part.replace(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
            return
        with suppress(Exception):
            self._file.close()
        self._part.unlink(missing_ok=True)


def _opened(part: Path, kind: str, schema: pl.Schema | _core.ArrowFrame) -> _File:
    like: Rows = schema if isinstance(schema, _core.ArrowFrame) else schema.to_frame()
    if kind == ".parquet":
        return _core.ParquetFile(part, like)
    from lynceus.present.text_file import TextFile

    return TextFile(part, kind, like)
