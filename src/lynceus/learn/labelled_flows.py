"""Flows that ingest reads and something else labels, as a data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from lynceus import ingest
from lynceus.learn import ndpi
from lynceus.learn.dataset import DatasetError
from lynceus.learn.families import NOT_KNOWN, by_words, plain
from lynceus.records import FLOW_SCHEMA

NO_WORDS = "label_says_neither"
"""Rows whose label says neither malicious nor benign, nor that it does not know."""
BOTH = "conversation_with_both_labels"
"""Rows of a transport and two endpoints of which some are called malicious and others benign, as
where pieces of one connection begin at either end and are labelled by who began: not known."""


def read(path: Path) -> pl.DataFrame:
    """The flows of one input in `FLOW_SCHEMA`. Raises `DatasetError`."""
    try:
        return ingest.read_flows(path)
    except ingest.InputError as error:
        raise DatasetError(str(error)) from None


def labelled_by_words(
    flows: pl.DataFrame, path: Path, capture: str, counted: Counter[str]
) -> pl.DataFrame:
    """The flows with what their own labels say in words.

    Raises `DatasetError` where no row has a label, or no label says anything that is understood.
    """
    said = flows["label"].drop_nulls()
    if said.is_empty():
        raise DatasetError(f"{path}: no row has a label; expected them in a column 'label'")
    rows = flows.with_columns(by_words("label", "label_detail"))
    neither = rows["malicious"].is_null()
    left_open = plain(pl.col("label")).str.contains(NOT_KNOWN)
    not_understood = rows.select(pl.col("label").is_not_null() & ~left_open).to_series() & neither
    if not_understood.sum() == said.len():
        raise DatasetError(
            f"{path}: label {said[0]!r} in column 'label' says neither malicious nor benign"
        )
    counted[NO_WORDS] += int(not_understood.sum())
    counted["neither_benign_nor_malicious"] += int(neither.sum())
    of_both = pl.col("malicious").drop_nulls().n_unique().over(ndpi.KEY) > 1
    both = ndpi.keyed_flows(rows).select(of_both & pl.col("malicious").is_not_null()).to_series()
    counted[BOTH] += int(both.sum())
    whole = pl.concat_str("label", "label_detail", separator=" ", ignore_nulls=True)
    return rows.with_columns(
        pl.when(pl.col("label").is_not_null()).then(whole).alias("label"),
        *(pl.when(~both).then(name).alias(name) for name in ("malicious", "family")),
        capture=pl.lit(capture),
        host="orig_h",
    )


def only(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """The rows without the columns of a flow that are not named."""
    return rows.drop(n for n in rows.columns if n in FLOW_SCHEMA and n not in {*columns, "label"})
