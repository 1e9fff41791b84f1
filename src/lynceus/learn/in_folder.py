"""Data sets found by their content in a folder and those below."""

from __future__ import annotations

from pathlib import Path

from lynceus.learn.dataset import Dataset, DatasetError
from lynceus.learn.datasets import load as load_set
from lynceus.learn.datasets import loaders

TABLES = (".csv", ".txt", ".arff", ".binetflow", ".parquet")
MOST_FILES = 5000
"""So many files are looked at in search of a data set."""


def in_folder(data: Path, name: str, *, columns: tuple[str, ...] = ()) -> Dataset:
    """The one data set of this name in a folder or a file, or in a folder below.

    Of several files the first that has all of `columns` is taken. Raises `DatasetError`.
    """
    sets = [s for s in all_in_folder(data, name) if set(columns) <= set(s.rows.columns)]
    if not sets:
        having = f" with {', '.join(columns)}" if columns else ""
        raise DatasetError(f"{data}: no data set {name!r}{having} in it")
    return sets[0]


def all_in_folder(data: Path, name: str) -> list[Dataset]:
    """Every data set of this name in a folder or a file, in the order of their paths."""
    if not data.exists():
        raise DatasetError(f"{data}: there is no such file or directory")
    loader = loaders()[name]
    files = [data] if data.is_file() else _tables(data)
    return [load_set(name, path) for path in files if loader.recognise(path)]


def folder_of(data: Path, name: str) -> Path:
    """The folder that holds the captures of a set, this one or one below it.

    Raises `DatasetError`.
    """
    recognise = loaders()[name].recognise
    for path in (data, *sorted(p for p in data.glob("*") if p.is_dir())):
        if recognise(path):
            return path
    raise DatasetError(f"{data}: neither it nor a folder in it is {loaders()[name].expects}")


def _tables(data: Path) -> list[Path]:
    """Files that may be tables, two folders deep."""
    found = [p for depth in ("*", "*/*", "*/*/*") for p in sorted(data.glob(depth)) if p.is_file()]
    named = [p for p in found if p.name.removesuffix(".gz").lower().endswith(TABLES)]
    return named[:MOST_FILES]
