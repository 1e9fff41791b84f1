"""Tables of labelled data sets: comma-separated files of many hands, read the same way.

The same set goes round with other spellings of its columns, spaces around names and values, the
header repeated in the middle, a comma at the end of each line, compressed or not. What is read
here has the names the caller asked for, numbers as Float64 and text stripped; what could not be
read is null and counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import polars as pl

from lynceus.account import Account
from lynceus.ingest.inputs import Input, InputError, text_head
from lynceus.learn.dataset import DatasetError, files_below

SUFFIXES = (".csv", ".txt", ".arff")
"""Names of tables end so, before what tells of their compression."""

ATTRIBUTE = re.compile(r"^@attribute\s+['\"]?([^\s'\"]+)", re.IGNORECASE | re.MULTILINE)

KeyOf = Callable[[str], str]
"""From a column's name as it is written to the name it is known by."""


def snake(name: str) -> str:
    """Lower case, words joined by underscores: `Fwd Packets/s` -> `fwd_packets_s`."""
    return "_".join(re.findall(r"[a-z0-9]+", name.lower()))


def tables(path: Path) -> list[Path]:
    """The file, or the tables in a directory and below, by name."""
    if path.is_file():
        return [path]
    return [
        file
        for file in files_below(path)
        if any(f"{file.name.lower()}.".find(f"{suffix}.") > 0 for suffix in SUFFIXES)
    ]


def head(path: Path) -> str:
    """How the text of a file begins, unpacked; empty where it is no text or cannot be read."""
    try:
        return text_head(Input.of(path).head) or ""
    except InputError:
        return ""


def first_fields(path: Path) -> list[str]:
    """The fields of the first line of a file."""
    line = head(path).partition("\n")[0]
    return [field.strip().strip('"') for field in line.split(",")]


def alike(names: Iterable[str], telling: Collection[str]) -> bool:
    """Whether most columns that tell a set are there: what then lacks is named, not a riddle."""
    return 2 * len(set(names) & set(telling)) > len(telling)


def fitting(path: Path, fits: Callable[[list[str]], bool]) -> list[Path]:
    """The file, or the tables in a directory and below, whose first line fits."""
    return [table for table in tables(path) if fits(first_fields(table))]


def arff(path: Path) -> tuple[str, ...]:
    """The names of the attributes of an ARFF file; empty where it is none."""
    return tuple(match[1].lower() for match in ATTRIBUTE.finditer(head(path)))


def read(
    path: Path,
    *,
    text: Collection[str],
    counted: Counter[str],
    key_of: KeyOf = snake,
    names: Collection[str] | None = None,
    needed: Collection[str] = (),
) -> pl.DataFrame:
    """One table: the columns in `text` as text, all others as numbers.

    `names` are the columns of a file without a header line; those of an ARFF file stand in it.
    Columns without a name are left out,
    of two of the same name the first is kept. Counts into `counted` what was not read as it
    stands. Raises `DatasetError` for a file that cannot be read and for a needed column that is
    missing.
    """
    try:
        data = Input.of(path).text(Account())
    except InputError as error:
        raise DatasetError(str(error)) from None
    if data[:1] == b"@" or b"\n@" in data[:4096]:
        names = _unique([key_of(name) for name in arff(path)])
        data = re.split(rb"(?im)^@data[^\n]*\n", data, maxsplit=1)[-1]
    if names is None:
        line, _, data = data.partition(b"\n")
        names = _unique([key_of(w.strip().strip('"')) for w in line.decode().split(",")])
    if missing := [name for name in needed if name not in names]:
        raise DatasetError(f"{path}: there is no column {missing[0]!r}")
    if not data.strip():
        raise DatasetError(f"{path}: no rows below the header")
    wanted = [name for name in names if not name.startswith("#")]
    try:
        rows = _parsed(data, list(names), text).select(wanted)
        return _repaired(rows, data, names, counted)
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise DatasetError(f"{path}: cannot be read as a table: {reason}") from None


def _unique(names: list[str]) -> list[str]:
    """Every name once; what is left out bears its place."""
    kept: list[str] = []
    for at, name in enumerate(names):
        kept.append(f"#{at}" if not name or name in kept else name)
    return kept


def _parsed(
    data: bytes, names: list[str], text: Collection[str], only: list[str] | None = None
) -> pl.DataFrame:
    schema = {n: pl.String() if n in text or n[0] == "#" else pl.Float64() for n in names}
    rows = pl.read_csv(
        data,
        has_header=False,
        schema=schema,
        columns=None if only is None else [names.index(name) for name in only],
        ignore_errors=True,
        truncate_ragged_lines=True,
        extra_columns="ignore",
        missing_columns="insert",
        quote_char=None,
    )
    return rows.with_columns(pl.col(pl.String).str.strip_chars(" \t\r'\""))


def _repaired(
    rows: pl.DataFrame, data: bytes, names: Collection[str], counted: Counter[str]
) -> pl.DataFrame:
    """Numbers that came out null, looked at again as text: spaces and nothing else go."""
    doubted = [s.name for s in rows if s.dtype == pl.Float64 and s.null_count()]
    if doubted:
        again = _parsed(data, list(names), names, doubted)
        cast = again.with_columns(pl.col(doubted).cast(pl.Float64, strict=False))
        for name in doubted:
            said = again[name].is_not_null() & (again[name] != "")
            counted["unreadable_value"] += int((said & cast[name].is_null()).sum())
        rows = rows.with_columns(cast)
    infinite = rows.select(pl.col(pl.Float64).is_infinite().sum()).sum_horizontal()
    not_numbers = rows.select(pl.col(pl.Float64).is_nan().sum()).sum_horizontal()
    counted["infinite_value"] += int(infinite[0] or 0)
    counted["not_a_number"] += int(not_numbers[0] or 0)
    return rows.with_columns(pl.when(pl.col(pl.Float64).is_finite()).then(pl.col(pl.Float64)))


def without(rows: pl.DataFrame, bad: pl.Expr, reason: str, counted: Counter[str]) -> pl.DataFrame:
    """The rows that are not bad; the others counted."""
    kept = rows.filter(~bad.fill_null(value=False))
    counted[reason] += rows.height - kept.height
    return kept


def once(rows: pl.DataFrame, counted: Counter[str]) -> pl.DataFrame:
    """Each row once: rows equal in every column tell nothing new and would leak into the test."""
    kept = rows.unique(maintain_order=True)
    counted["duplicate"] += rows.height - kept.height
    return kept


def non_negative(rows: pl.DataFrame, names: Collection[str], counted: Counter[str]) -> pl.DataFrame:
    """The rows with negative values of these columns made null and counted: they cannot be."""
    names = [name for name in names if name in rows.columns]
    below = rows.select((pl.col(names) < 0).sum()).sum_horizontal() if names else pl.Series([0])
    counted["impossible_value"] += int(below[0] or 0)
    return rows.with_columns(pl.when(pl.col(names) >= 0).then(pl.col(names)))
