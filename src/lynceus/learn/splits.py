"""Training and test parts of a data set: cut by time, by place in the file, by capture or host.

Rows of one capture resemble each other, so a random split tells how well a model remembers, not
how well it knows; there is none here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import polars as pl

from lynceus.learn.dataset import Dataset, DatasetError

Split = tuple[Dataset, Dataset]
"""What is trained on and what is tested on."""


def by_time(
    dataset: Dataset, share: float, within: Literal["label", "family"] | None = None
) -> Iterator[Split]:
    """One split: the first `share` of the rows by the time they ended, and the rest.

    A flow is known when it has ended, so a model of that moment has seen just these. Rows that
    ended at the same instant stay together. With `within` each label is cut on its own, which a
    set needs whose attacks were made one after the other. Raises `DatasetError` where rows have
    no time.
    """
    ended = [name for name in ("end_ns", "ts_ns") if name in dataset.rows.columns]
    if not ended:
        raise DatasetError(f"{dataset.name}: no column 'ts_ns' or 'end_ns' to cut by time")
    when = dataset.rows.select(pl.coalesce(ended)).to_series()
    if when.null_count():
        raise DatasetError(f"{dataset.name}: {when.null_count()} rows have no time to cut by")
    yield _cut(dataset, when.rank("min"), share, within)


def in_file_order(
    dataset: Dataset, share: float, within: Literal["label", "family"] | None = None
) -> Iterator[Split]:
    """One split: the first `share` of the rows as they stand in the file, and the rest."""
    at = pl.Series("at", range(1, dataset.rows.height + 1), dtype=pl.UInt32)
    yield _cut(dataset, at, share, within)


def leave_one_out(
    dataset: Dataset, by: Literal["capture", "host", "family"] = "capture"
) -> Iterator[Split]:
    """A split for each capture, host or family: trained on all others, tested on it alone.

    Rows that have none are trained on in every split. What is held out stands in
    `test.rows[by][0]`. Raises `DatasetError` where there are fewer than two.
    """
    held = dataset.rows[by].drop_nulls().unique().sort()
    if held.len() < 2:
        raise DatasetError(
            f"{dataset.name}: column {by!r} has {held.len()} values; expected two or more to "
            "leave one out"
        )
    for value in held:
        one = pl.col(by) == value
        yield (
            dataset.with_rows(dataset.rows.filter(one.fill_null(value=False).not_())),
            dataset.with_rows(dataset.rows.filter(one)),
        )


def _cut(dataset: Dataset, order: pl.Series, share: float, within: str | None) -> Split:
    """Rows up to the `share` quantile of `order` (within each group), and the rest."""
    if not 0 < share < 1:
        raise DatasetError(f"{dataset.name}: cannot train on {share} of the rows; expected 0 to 1")
    rank = pl.col("_order").rank("min")
    rows = pl.len()
    if within is not None:
        rank, rows = rank.over(within), rows.over(within)
    first = (
        dataset.rows.with_columns(order.alias("_order"))
        .select(first=rank <= (rows * share).ceil())
        .to_series()
    )
    return dataset.with_rows(dataset.rows.filter(first)), dataset.with_rows(
        dataset.rows.filter(~first)
    )
