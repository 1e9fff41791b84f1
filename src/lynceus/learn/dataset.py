"""A labelled data set as every trainer sees it: flows in our columns, and what is known of them."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import polars as pl

from lynceus.features import vector
from lynceus.records import FLOW_SCHEMA
from lynceus.registry import snake_case

ADDED = pl.Schema(
    {
        "label": pl.String(),
        "family": pl.String(),
        "malicious": pl.Boolean(),
        "capture": pl.String(),
        "host": pl.String(),
    }
)
"""What a data set says of each flow beside its columns."""

OWN = "own_"
"""Prefix of columns that only this set has: fit for tasks inside it alone."""


class DatasetError(ValueError):
    """A data set that cannot be used; the text names the file and the column or label."""


@dataclass(frozen=True)
class Dataset:
    """A labelled data set.

    `rows` has columns of `FLOW_SCHEMA`, as many as the set can give with equal definitions, and:

    - `label`: as the set writes it
    - `family`: one of `lynceus.learn.families.FAMILIES`, null where the set does not know
    - `malicious`: null where the set does not know
    - `capture`: the recording that the flow is from; whole captures can be held out
    - `host`: the entity that the flow is about, null where the set has no addresses
    - `own_...`: columns of the set's own
    """

    name: str
    rows: pl.DataFrame
    order: Literal["time", "file"]
    """What says which rows are later: their time, or nothing but their place in the file."""
    faults: tuple[str, ...] = ()
    """Known faults of the set, a sentence each."""
    cleaning: Mapping[str, int] = field(default_factory=dict)
    """Rows taken out and values made null in loading, by reason."""
    sampled_by_label: bool = False
    """Whether rows were drawn label by label: then no window over them means anything."""
    digest: str = ""
    """SHA-256 over the names and bytes of the files that it was read from."""

    def with_rows(self, rows: pl.DataFrame) -> Dataset:
        """The same set with other rows, a part of it."""
        return replace(self, rows=rows)

    def vectors(self, tier: vector.Tier) -> pl.DataFrame:
        """The numbers of each row, as serving will compute them."""
        return vector.vectors(self.rows, tier)

    @property
    def own(self) -> tuple[str, ...]:
        """The names of the set's own columns."""
        return tuple(name for name in self.rows.columns if name.startswith(OWN))

    def known_names(self, tier: vector.Tier) -> tuple[str, ...]:
        """The numbers of a tier that this set can tell of at least one row."""
        told = self.vectors(tier)
        return tuple(s.name for s in told if s.null_count() < told.height)


def checked(dataset: Dataset, *, needs: Sequence[str] = (), target: str = "label") -> Dataset:
    """The data set, fit to learn from.

    `needs` are numbers that must be known of some row; `target` the column to be learned, which
    must have two values or more. Raises `DatasetError` naming the column or the label.
    """
    rows = dataset.rows
    if not rows.height:
        raise DatasetError(f"{dataset.name}: no rows are left to learn from")
    if target not in rows.columns:
        raise DatasetError(f"{dataset.name}: there is no column {target!r} to learn")
    classes = rows[target].drop_nulls().unique().sort()
    if classes.len() < 2:
        only = f"only {classes[0]!r}" if classes.len() else "nothing but nulls"
        raise DatasetError(
            f"{dataset.name}: column {target!r} holds {only}; expected two classes or more"
        )
    told = vector.chosen_vectors(rows, needs)
    if empty := [s.name for s in told if s.null_count() == told.height]:
        raise DatasetError(
            f"{dataset.name}: feature {empty[0]!r} is null in every row"
            + (f", and so are {len(empty) - 1} more" if empty[1:] else "")
        )
    return dataset


def joined(datasets: Sequence[Dataset], name: str) -> Dataset:
    """Several sets as one: columns that only some have are null in the others.

    Columns of the sets' own are left out, since they mean nothing outside; a column `dataset` says
    which set a row is from.
    """
    parts = [d.rows.drop(d.own).with_columns(dataset=pl.lit(d.name)) for d in datasets]
    cleaning: dict[str, int] = {}
    for dataset in datasets:
        for reason, count in dataset.cleaning.items():
            cleaning[reason] = cleaning.get(reason, 0) + count
    return Dataset(
        name,
        pl.concat(parts, how="diagonal_relaxed"),
        "time" if all(d.order == "time" for d in datasets) else "file",
        tuple(dict.fromkeys(fault for d in datasets for fault in d.faults)),
        cleaning,
        any(d.sampled_by_label for d in datasets),
        hashlib.sha256("".join(d.digest for d in datasets).encode()).hexdigest(),
    )


def of_tables(
    kind: Any,
    files: Sequence[Path],
    part: Callable[[Path, Counter[str]], tuple[pl.DataFrame, bool]],
) -> Dataset:
    """The set of several tables. `part` gives the rows of one and whether they are a selection.

    `kind` is the loader's class: its name and its faults are those of the set.
    """
    counted: Counter[str] = Counter()
    parts = [part(file, counted) for file in files]
    rows = conformed(pl.concat([rows for rows, _ in parts], how="diagonal_relaxed"))
    timed = "ts_ns" in rows.columns and rows.height and not rows["ts_ns"].null_count()
    return Dataset(
        snake_case(kind.__name__),
        rows,
        "time" if timed else "file",
        kind.faults,
        {reason: n for reason, n in counted.items() if n},
        sampled_by_label=any(picked for _, picked in parts),
        digest=digest_of(files),
    )


def files_below(path: Path) -> list[Path]:
    """The file itself, or all files in a directory and below in the order of their paths.

    What vanishes or may not be looked into while it is walked is left out.
    """
    if path.is_file():
        return [path]
    walked = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    return sorted(file for file in walked if file.is_file())


def digest_of(files: Iterable[Path]) -> str:
    """SHA-256 over the names and bytes of files, in the order of their names."""
    whole = hashlib.sha256()
    for path in sorted(files, key=lambda p: p.name):
        whole.update(path.name.encode() + b"\0")
        for piece in _pieces(path):
            whole.update(piece)
    return whole.hexdigest()


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                yield piece
    except OSError as error:
        raise DatasetError(f"{path}: {error.strerror or error}") from None


def conformed(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with flow columns in the types of `FLOW_SCHEMA` and all of `ADDED`."""
    types = {name: dtype for name, dtype in FLOW_SCHEMA.items() if name in rows.columns}
    missing = [pl.lit(None, dtype).alias(n) for n, dtype in ADDED.items() if n not in rows.columns]
    return rows.with_columns(missing).with_columns(
        pl.col(name).cast(dtype) for name, dtype in {**types, **ADDED}.items()
    )
