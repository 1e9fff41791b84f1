"""What a task tells: figures beside what was wanted, tables of detail, and notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lynceus.learn.dataset import Dataset, DatasetError
from lynceus.learn.datasets import load as load_set
from lynceus.learn.datasets import loaders

TABLES = (".csv", ".txt", ".arff", ".binetflow", ".parquet")
MOST_FILES = 5000
"""So many files are looked at in search of a data set."""


@dataclass(frozen=True)
class Figure:
    """One number that was measured."""

    name: str
    value: str
    """With its interval and unit."""
    wanted: str = ""
    """What was to be reached; empty: it is only stated."""
    met: bool | None = None


@dataclass(frozen=True)
class Part:
    """A table of detail."""

    title: str
    rows: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class Result:
    """All that a task tells."""

    figures: tuple[Figure, ...]
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def met(self) -> bool:
        """Whether every figure of which something was wanted reached it."""
        return all(figure.met is not False for figure in self.figures)


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


def _tables(data: Path) -> list[Path]:
    """Files that may be tables, two folders deep."""
    found = [p for depth in ("*", "*/*", "*/*/*") for p in sorted(data.glob(depth)) if p.is_file()]
    named = [p for p in found if p.name.removesuffix(".gz").lower().endswith(TABLES)]
    return named[:MOST_FILES]
