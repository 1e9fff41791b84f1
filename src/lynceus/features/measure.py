"""What is counted in a window: measures, each with a state that merges.

    partial   rows            -> states    aggregations over the rows of a group
    merge     states + states -> states    aggregations over the states of a group
    bound     states          -> states    cut to their greatest size
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

    def bound(self) -> list[pl.Expr]:
        """State columns cut to their greatest size, after `partial` and `merge`."""
        ...

    def finish(self) -> list[pl.Expr]:
        """From state columns to feature columns."""
        ...


def _expr(of: str | pl.Expr) -> pl.Expr:
    return pl.col(of) if isinstance(of, str) else of


def _cut(name: str, k: int) -> pl.Expr:
    """The `k` smallest of a list, without nulls; only long lists, which are rare, are sorted."""
    known = pl.col(name).list.drop_nulls()
    long = pl.when(known.list.len() > k).then(known)
    return pl.coalesce(long.list.sort().list.head(k), known).alias(name)


@dataclass(frozen=True)
class Scalar:
    """A measure whose state is one number or text."""

    name: str

    def bound(self) -> list[pl.Expr]:
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

    def _known(self) -> str:
        return f"{self.name}__known"

    def partial(self) -> list[pl.Expr]:
        value = _expr(self.of).cast(pl.Int64)
        if self.where is not None:
            value = pl.when(self.where).then(value)
        return [value.sum().alias(self.name), value.count().cast(pl.Int64).alias(self._known())]

    def merge(self) -> list[pl.Expr]:
        return [pl.col(self.name).sum(), pl.col(self._known()).sum()]

    def finish(self) -> list[pl.Expr]:
        return [pl.when(pl.col(self._known()) > 0).then(pl.col(self.name)).alias(self.name)]


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
class Distinct:
    """How many distinct values: a k-minimum-value sketch, exact below `k`.

    Above `k` the estimate is (k - 1) / (k-th smallest hash as a share of the hash space), with a
    relative standard error of about 1 / sqrt(k - 2) (Bar-Yossef et al. 2002).
    """

    name: str
    of: str | pl.Expr
    where: pl.Expr | None = None
    k: int = 1024

    def partial(self) -> list[pl.Expr]:
        value = _expr(self.of)
        counts = value.is_not_null()
        if self.where is not None:
            counts = counts & self.where
        hashes = pl.when(counts).then(value.hash(seed=0))
        return [hashes.unique().implode().alias(self.name)]

    def merge(self) -> list[pl.Expr]:
        return [pl.col(self.name).explode(empty_as_null=False).unique().implode().alias(self.name)]

    def bound(self) -> list[pl.Expr]:
        return [_cut(self.name, self.k)]

    def finish(self) -> list[pl.Expr]:
        seen = pl.col(self.name).list.len()
        full = pl.when(seen >= self.k).then(pl.col(self.name))
        kth = full.list.max().cast(pl.Float64) / _HASH_SPACE
        estimate = ((self.k - 1) / kth).round(0)
        return [pl.coalesce(estimate, seen).cast(pl.Int64).alias(self.name)]


@dataclass(frozen=True)
class Values:
    """The `k` first distinct values in order, as a list: examples for the evidence."""

    name: str
    of: str | pl.Expr
    where: pl.Expr | None = None
    k: int = 20

    def partial(self) -> list[pl.Expr]:
        value = _expr(self.of)
        if self.where is not None:
            value = pl.when(self.where).then(value)
        return [value.unique().implode().alias(self.name)]

    def merge(self) -> list[pl.Expr]:
        return [pl.col(self.name).explode(empty_as_null=False).unique().implode().alias(self.name)]

    def bound(self) -> list[pl.Expr]:
        return [_cut(self.name, self.k)]

    def finish(self) -> list[pl.Expr]:
        return [pl.col(self.name).list.sort()]
