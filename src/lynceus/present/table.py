"""Writes flow and event tables batch by batch, in bounded memory: Parquet, CSV or JSON lines.

A table is written under a temporary name and renamed when it is whole, so a broken run leaves
no half file behind under the name that was asked for.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import polars as pl
from polars.io.plugins import register_io_source

FORMATS = (".parquet", ".csv", ".jsonl")
"""What the end of the file's name may be."""

_WAITING = 3
"""Batches that may wait for the writer before the reader has to."""

_ROW_GROUP = 32_768
"""Rows of a row group of Parquet: enough to spread what a column chunk costs, few enough to be
held while they are packed."""


_FORMULA = r"^([=+@\t\r]|-.)"
"""How texts begin that a spreadsheet computes; a dash alone is none."""


class TableWriter:
    """One table file, open for writing. Use as a context manager."""

    def __init__(self, path: Path, schema: pl.Schema) -> None:
        if path.suffix not in FORMATS:
            raise ValueError(f"{path}: the name must end in {', '.join(FORMATS)}")
        self.path = path
        self.rows = 0
        self._schema = schema
        self._part = path.with_name(f".{path.name}.part")
        self._queue: queue.Queue[pl.DataFrame | None] = queue.Queue(_WAITING)
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=f"write {path.name}", daemon=True)
        self._thread.start()

    def write(self, frame: pl.DataFrame) -> None:
        """Takes a batch with the columns of the schema; waits when the disk is behind."""
        if self._failure:
            raise self._failure
        if frame.height:
            self.rows += frame.height
            self._queue.put(frame)

    def close(self) -> None:
        """Writes what is left and gives the file its name."""
        self._queue.put(None)
        self._thread.join()
        if self._failure:
            self._part.unlink(missing_ok=True)
            raise self._failure
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
        self._queue.put(None)
        self._thread.join()
        self._part.unlink(missing_ok=True)

    def _run(self) -> None:
        try:
            {".parquet": self._parquet, ".csv": self._csv, ".jsonl": self._jsonl}[
                self.path.suffix
            ]()
        except (OSError, pl.exceptions.PolarsError) as error:
            self._failure = error
            while self._queue.get() is not None:
                pass

    def _batches(self) -> Iterator[pl.DataFrame]:
        while (frame := self._queue.get()) is not None:
            yield frame

    def _parquet(self) -> None:
        def batches(
            columns: list[str] | None,
            predicate: pl.Expr | None,
            n_rows: int | None,
            batch_size: int | None,
        ) -> Iterator[pl.DataFrame]:
            del columns, predicate, n_rows, batch_size
            yield from self._batches()

        register_io_source(batches, schema=self._schema).sink_parquet(
            self._part, compression="zstd", compression_level=1, row_group_size=_ROW_GROUP
        )

    def _csv(self) -> None:
        lists = [name for name, dtype in self._schema.items() if isinstance(dtype, pl.List)]
        with self._part.open("wb") as file:
            pl.DataFrame(schema=self._schema).select(
                pl.exclude(lists), *(pl.lit("").alias(name) for name in lists)
            ).select(self._schema.names()).clear().write_csv(file)
            for frame in self._batches():
                as_text = frame.with_columns(_json_text(name) for name in lists)
                without_formulas(as_text).write_csv(file, include_header=False)

    def _jsonl(self) -> None:
        with self._part.open("wb") as file:
            for frame in self._batches():
                frame.write_ndjson(file)


def without_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows for CSV: texts that a spreadsheet would take for a formula begin with an apostrophe.

    Names and agents come from hostile traffic, and `=cmd|...` is a program to some (OWASP, "CSV
    Injection").
    """
    texts = {name: pl.col(name) for name, dtype in frame.schema.items() if dtype == pl.String}
    return frame.with_columns(
        pl.when(text.str.contains(_FORMULA)).then("'" + text).otherwise(text).alias(name)
        for name, text in texts.items()
    )


def _json_text(name: str) -> pl.Expr:
    """A list column as JSON text, `[1,2,3]`, because CSV has no lists."""
    column = pl.col(name)
    inner: Any = column.list.eval(pl.element().cast(pl.String)).list.join(",")
    return pl.when(column.is_not_null()).then("[" + inner + "]").alias(name)
