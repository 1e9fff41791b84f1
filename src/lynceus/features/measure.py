"""What is counted in a window: measures, each with a state that merges.

    partial   rows            -> states    aggregations over the rows of a group
    merge     states + states -> states    aggregations over the states of a group
    long      states          -> boolean   which states are too large
    cut       states          -> states    those cut to their greatest size
    finish    states          -> features

States are integer sums, minima, maxima, and k smallest values, never floating sums: equal input
gives equal bytes, however it was cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import polars as pl

_HASH_SPACE = float(2**64)


class Measure(Protocol):
    """One number about the rows of a window, with a state that merges."""

    @property
    def name(self) -> str:
        """Column of the finished feature."""
        ...

    def partial(self) -> list[pl.Expr]:
        """Aggregations from rows to state columns."""
        ...

    def merge(self) -> list[pl.Expr]:
        """Aggregations from state columns to state columns."""
        ...

    def long(self) -> list[pl.Expr]:
        """Conditions under which a state must be cut; hardly any state needs it."""
        ...

    def cut(self) -> list[pl.Expr]:
        """State columns cut to their greatest size."""
        ...

    def finish(self) -> list[pl.Expr]:
        """From state columns to feature columns."""
        ...


def _expr(of: str | pl.Expr) -> pl.Expr:
    return pl.col(of) if isinstance(of, str) else of


def _in_order(name: str, k: int) -> pl.Expr:
    """The `k` first of a list, in order (`eval` sorts many small lists fifty times faster)."""
    first = pl.element().drop_nulls().sort().head(k)
    return pl.col(name).list.eval(first)


def _sum(value: pl.Expr) -> pl.Expr:
    return pl.when(value.count() > 0).then(value.sum())


@dataclass(frozen=True)
class Scalar:
    """A measure whose state is one number or text."""

    name: str

    def long(self) -> list[pl.Expr]:
        """Never."""
        return []

    def cut(self) -> list[pl.Expr]:
        """Nothing to cut."""
        return []

    def finish(self) -> list[pl.Expr]:
        """The state is the feature."""
        return [pl.col(self.name)]


@dataclass(frozen=True)
class Count(Scalar):
    """How many rows, all or those where `where` holds."""

    where: pl.Expr | None = None

    def partial(self) -> list[pl.Expr]:
        rows = pl.len() if self.where is None else self.where.fill_null(False).sum()
        return [rows.cast(pl.Int64).alias(self.name)]

    def merge(self) -> list[pl.Expr]:
        return [pl.col(self.name).sum()]


@dataclass(frozen=True)
class Sum(Scalar):
    """Integer sum; null where every row was null, so that unknown never becomes 0."""

    of: str | pl.Expr
    where: pl.Expr | None = None

    def partial(self) -> list[pl.Expr]:
        value = _expr(self.of).cast(pl.Int64)
        if self.where is not None:
            value = pl.when(self.where).then(value)
        return [_sum(value).alias(self.name)]

    def merge(self) -> list[pl.Expr]:
        return [_sum(pl.col(self.name)).alias(self.name)]


@dataclass(frozen=True)
class Min(Scalar):
    """Smallest value; for text the first in byte order."""

    of: str | pl.Expr

    def partial(self) -> list[pl.Expr]:
        return [_expr(self.of).min().alias(self.name)]

    def merge(self) -> list[pl.Expr]:
        return [pl.col(self.name).min()]


@dataclass(frozen=True)
class Max(Scalar):
    """Largest value; for text the last in byte order, for booleans whether any is true."""

    of: str | pl.Expr

    def partial(self) -> list[pl.Expr]:
        return [_expr(self.of).max().alias(self.name)]

    def merge(self) -> list[pl.Expr]:
        return [pl.col(self.name).max()]


@dataclass(frozen=True)
class Constant(Scalar):
    """A value that the key decides, such as a fact about an address of the key."""

    of: str | pl.Expr

    def partial(self) -> list[pl.Expr]:
        return [_expr(self.of).first().alias(self.name)]

    def merge(self) -> list[pl.Expr]:
        return [pl.col(self.name).first()]


@dataclass(frozen=True)
class Active(Scalar):
    """In how many windows of the width `every` the group had rows; 0 without a date.

    Itself a measure of tables up to that width, where it is 1; `Window.widened` adds it up.
    """

    every: str

    def partial(self) -> list[pl.Expr]:
        return [pl.col("window_start_ns").is_not_null().any().cast(pl.Int64).alias(self.name)]

    def merge(self) -> list[pl.Expr]:
        return [pl.col(self.name).max()]


@dataclass(frozen=True)
class _Set:
    """A measure whose state is a list of distinct values, in any order, a null for unknown ones."""

    name: str
    of: str | pl.Expr
    where: pl.Expr | None = None
    k: int = 1024

    def _value(self) -> pl.Expr:
        return _expr(self.of)

    def partial(self) -> list[pl.Expr]:
        value = self._value()
        if self.where is not None:
            value = pl.when(self.where).then(value)
        return [value.unique().implode().alias(self.name)]

    def merge(self) -> list[pl.Expr]:
        return [pl.col(self.name).explode(empty_as_null=False).unique().implode().alias(self.name)]

    def long(self) -> list[pl.Expr]:
        return [pl.col(self.name).list.len() > self.k]

    def cut(self) -> list[pl.Expr]:
        return [_in_order(self.name, self.k)]


@dataclass(frozen=True)
class Distinct(_Set):
    """How many distinct values: a k-minimum-value sketch, exact below `k`.

    Above `k` the estimate is (k - 1) / (k-th smallest hash as a share of the hash space), with a
    relative standard error of about 1 / sqrt(k - 2) (Bar-Yossef et al. 2002).
    """

    def _value(self) -> pl.Expr:
        value = _expr(self.of)
        return pl.when(value.is_not_null()).then(value.hash(seed=0))

    def long(self) -> list[pl.Expr]:
        return [pl.col(self.name).list.len() >= self.k]

    def finish(self) -> list[pl.Expr]:
        hashes = pl.col(self.name).list
        seen = hashes.len().cast(pl.Int64) - hashes.contains(None)
        # From k on it has been cut, and what was cut is in order.
        kth = hashes.get(-1, null_on_oob=True).cast(pl.Float64) / _HASH_SPACE
        estimate = ((self.k - 1) / kth).round(0).cast(pl.Int64, strict=False)
        return [pl.when(seen >= self.k).then(estimate).otherwise(seen).alias(self.name)]


@dataclass(frozen=True)
class Values(_Set):
    """The `k` first distinct values in order, as a list: examples for the evidence."""

    k: int = 20

    def finish(self) -> list[pl.Expr]:
        return [_in_order(self.name, self.k)]
