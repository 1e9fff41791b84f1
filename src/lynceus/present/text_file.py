"""Tables as text, row by row: CSV and JSON lines."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

_WAITING = 3
"""Batches that may wait for the writer before the reader has to."""

_FORMULA = r"^([=+@\t\r]|-.)"
"""How texts begin that a spreadsheet computes; a dash alone is none."""


class TextFile:
    """A file of rows as text, written in a thread of its own; `kind` is `.csv` or `.jsonl`."""

    def __init__(self, path: Path, kind: str, like: Any) -> None:
        """A file with the columns of an Arrow table."""
        self._path = path
        self._schema = pl.DataFrame(like).schema
        self._write = {".csv": self._csv, ".jsonl": self._jsonl}[kind]
        self._queue: queue.Queue[pl.DataFrame | None] = queue.Queue(_WAITING)
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=f"write {path.name}", daemon=True)
        self._thread.start()

    def write(self, rows: Any) -> None:
        """Takes an Arrow table with these columns; waits when the disk is behind."""
        if self._failure:
            raise self._failure
        self._queue.put(pl.DataFrame(rows))

    def close(self) -> None:
        """Writes what is left."""
        self._queue.put(None)
        self._thread.join()
        if self._failure:
            raise self._failure

    def _run(self) -> None:
        try:
            self._write()
        except (OSError, pl.exceptions.PolarsError) as error:
            self._failure = error
            while self._queue.get() is not None:
                pass

    def _batches(self) -> Iterator[pl.DataFrame]:
        while (frame := self._queue.get()) is not None:
            yield frame

    def _csv(self) -> None:
        lists = [name for name, dtype in self._schema.items() if isinstance(dtype, pl.List)]
        with self._path.open("wb") as file:
            pl.DataFrame(schema=self._schema).select(
                pl.exclude(lists), *(pl.lit("").alias(name) for name in lists)
            ).select(self._schema.names()).clear().write_csv(file)
            for frame in self._batches():
                as_text = frame.with_columns(_json_text(name) for name in lists)
                without_formulas(as_text).write_csv(file, include_header=False)

    def _jsonl(self) -> None:
        with self._path.open("wb") as file:
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
