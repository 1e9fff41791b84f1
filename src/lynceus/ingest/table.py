"""Flows in Lynceus' own columns: Parquet, CSV or JSON lines, such as `lynceus flows -o` writes.

Any subset of the columns will do that has `orig_h` and `resp_h`. Lists in CSV are JSON text.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.account import Account
from lynceus.ingest.columns import addresses, end_ns, time_ns
from lynceus.ingest.delimited import pieces
from lynceus.ingest.identity import identified
from lynceus.ingest.inputs import Input, InputError, ReadOptions, text_head
from lynceus.ingest.json_lines import lists, objects
from lynceus.records import FLOW_SCHEMA, Batch

PARQUET = b"PAR1"
NEEDED = ("orig_h", "resp_h")
SEPARATORS = ",\t;|"


class Table:
    """Flows from a table in our own columns."""

    name: ClassVar[str] = "table"
    expects: ClassVar[str] = "flows as Parquet, CSV or JSON lines with columns orig_h, resp_h, ..."

    def __init__(
        self, given: Input | None, options: ReadOptions, frame: pl.DataFrame | None = None
    ) -> None:
        self.account = Account()
        self._given = given
        self._frame = frame
        self._name = given.name if given else "the frame"
        self._site = options.site

    @staticmethod
    def recognise(head: bytes, path: Path) -> float:
        """Whether it is Parquet, or text whose columns have our names."""
        del path
        if head.startswith(PARQUET):
            return 0.9
        text = text_head(head)
        if text is None:
            return 0.0
        if set(NEEDED) <= set(_header(text)[0]):
            return 1.0
        return 0.8 if _is_json(text) and set(NEEDED) <= _json_names(text) else 0.0

    @classmethod
    def open(cls, given: Input, options: ReadOptions) -> Table:
        """The table of one file."""
        return cls(given, options)

    def batches(self) -> Iterator[Batch]:
        """All flows as one batch. Raises `InputError` that names the column of a wrong type."""
        frame = self._read(self._given) if self._given else self._frame
        if frame is None:
            raise InputError(f"{self._name}: {self.expects} expected")
        self.account.received += frame.height
        for name in NEEDED:
            if name not in frame.columns:
                raise InputError(f"{self._name}: no column {name}; {self.expects} expected")
        for name in frame.columns:
            if name not in FLOW_SCHEMA:
                self.account.note(f"unknown_column_{name}", 1)
        frame = frame.select(name for name in FLOW_SCHEMA if name in frame.columns)
        frame = self._typed(frame)
        self.account.kept += frame.height
        if self._given and "input_digest" not in frame.columns:
            frame = frame.with_columns(input_digest=pl.lit(self._given.digest))
        frame = _with_end(frame)
        flows = identified(frame, site=self._site, source="table", account=self.account)
        yield Batch(flows)

    def _read(self, given: Input) -> pl.DataFrame:
        if given.head.startswith(PARQUET):
            try:
                return pl.read_parquet(given.content()[0])
            except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
                reason = str(error).splitlines()[0]
                raise InputError(f"{self._name}: unreadable Parquet: {reason}") from error
        text = text_head(given.head) or ""
        data = given.text(self.account)
        if _is_json(text):
            frame, wrong = objects(data, tuple(FLOW_SCHEMA))
            self.account.received += wrong
            self.account.drop("not_a_json_object", wrong)
            for name in sorted(_json_names(text) - set(FLOW_SCHEMA)):
                self.account.note(f"unknown_column_{name}", 1)
            return frame.drop(n for n in frame.columns if frame[n].null_count() == frame.height)
        return self._csv(data)

    def _csv(self, data: bytes) -> pl.DataFrame:
        names, separator = _header(data[: 1 << 20].decode("utf-8", "replace"))
        _, _, rows = data.partition(b"\n")
        named = [
            name if name and names.index(name) == at else f"#{at}" for at, name in enumerate(names)
        ]
        schema = {name: pl.String() for name in (*named, "_more")}
        try:
            frame = pl.concat(
                [
                    pl.DataFrame(schema=schema),
                    *(_csv_piece(p, separator, schema) for p in pieces(rows)),
                ]
            )
        except pl.exceptions.PolarsError as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{self._name}: unreadable CSV: {reason}") from error
        frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
        fits = frame.filter(pl.col("_more").is_null())
        self.account.received += frame.height - fits.height
        self.account.drop("wrong_number_of_fields", frame.height - fits.height)
        return fits.drop("_more")

    def _typed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The columns in our types; a row with a value that is none is dropped, by column."""
        sound = pl.repeat(value=True, n=frame.height, eager=True)
        columns = []
        for name in frame.columns:
            told = frame[name]
            values = self._cast(told)
            broken = values.is_null() & told.is_not_null()
            if told.len() and broken.sum() == told.count() > 0:
                example = str(told.drop_nulls()[0])[:40]
                raise InputError(f"{self._name}: column {name} is not {_words(name)}: {example!r}")
            self.account.drop(f"unreadable_{name}", int((broken & sound).sum()))
            sound &= ~broken
            columns.append(values.alias(name))
        return pl.DataFrame(columns).filter(sound)

    def _cast(self, told: pl.Series) -> pl.Series:
        """One column in its type, null where a value does not fit."""
        name, dtype = told.name, FLOW_SCHEMA[told.name]
        try:
            if dtype == pl.String:
                text = told.cast(pl.String)
                return addresses(text) if name in NEEDED else text
            if told.dtype != pl.String:
                if name in ("ts_ns", "end_ns") and told.dtype.is_temporal():
                    told = told.dt.cast_time_unit("ns")
                return told.cast(dtype, strict=False)
            if isinstance(dtype, pl.List):
                values = lists(told)
                if dtype.inner == pl.Boolean:
                    values = values.list.eval(_truth(pl.element()))
                return values.cast(dtype, strict=False)
            if dtype == pl.Boolean:
                return told.to_frame().select(_truth(pl.col(name)))[name]
            values = told.cast(dtype, strict=False)
            if name in ("ts_ns", "end_ns"):
                values = values.fill_null(time_ns(told))
        except pl.exceptions.PolarsError:
            return pl.Series(name, [None], dtype=dtype).new_from_index(0, told.len())
        return values


def _truth(text: pl.Expr) -> pl.Expr:
    words = {"true": True, "false": False}
    return text.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean())


def _with_end(frame: pl.DataFrame) -> pl.DataFrame:
    """The end by start and duration, or the duration by start and end, where one is missing."""
    missing = [pl.lit(None, FLOW_SCHEMA[n]).alias(n) for n in ("ts_ns", "end_ns", "duration_s")
               if n not in frame.columns]  # fmt: skip
    frame = frame.with_columns(missing)
    lasted = (pl.col("end_ns") - pl.col("ts_ns")).cast(pl.Float64) / 1e9
    return frame.with_columns(
        duration_s=pl.coalesce("duration_s", lasted), end_ns=pl.coalesce("end_ns", end_ns())
    )


def _header(text: str) -> tuple[list[str], str]:
    line = text.partition("\n")[0][: 1 << 16]
    separator = max(SEPARATORS, key=line.count)
    try:
        names = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return [], separator
    return [name.strip() for name in names], separator


def _csv_piece(data: bytes, separator: str, schema: dict[str, pl.String]) -> pl.DataFrame:
    return pl.read_csv(
        data,
        has_header=False,
        separator=separator,
        schema=schema,
        extra_columns="ignore",
        missing_columns="insert",
        truncate_ragged_lines=True,
    )


def _is_json(text: str) -> bool:
    return text.lstrip()[:1] == "{"


def _json_names(text: str) -> set[str]:
    lines = [line for line in text.split("\n", 50)[:50] if line.strip()]
    names: set[str] = set()
    for line in lines:
        try:
            read = json.loads(line)
        except (ValueError, RecursionError):
            continue
        names |= set(read) if isinstance(read, dict) else set()
    return names


def _words(name: str) -> str:
    dtype = FLOW_SCHEMA[name]
    if isinstance(dtype, pl.List):
        return "a list"
    if dtype == pl.String:
        return "an address" if name in NEEDED else "text"
    if dtype == pl.Boolean:
        return "true or false"
    return f"a number ({dtype})"
