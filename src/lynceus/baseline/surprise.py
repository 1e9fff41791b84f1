"""How far an hour is from what was usual, number by number and in one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.baseline.norms import Expected, Matrix, Norms

MOST = 12.0
"""Deviations beyond this, in spreads, count as this: one broken number is not everything."""

LESS = 0.4
"""What less than usual counts against more: silence is mostly a day off."""

STRONGEST = 5
"""Deviations that make up the surprise: an attack shows in few numbers, and is told by them."""

SELDOM = 0.05
"""A number that is anything in fewer hours than this is expected to be nothing."""

Row = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Judged:
    """Rows judged by norms."""

    deviations: Matrix
    """Of each row and number, in spreads; above 0 is more than usual, 0 where unknown. The last
    column is the hour itself: how unusual it is to hear of the entity then."""
    surprise: Row
    """Fourth root of the mean fourth power of the strongest deviations, so that one great one
    counts more than several small ones; NaN where nothing is known."""
    middle: Matrix
    low: Matrix
    high: Matrix
    """What was expected of each number, in its unit, and the range: two spreads about it."""
    active: Row
    """Share of such hours in which the entity is heard of."""
    level: NDArray[np.int64]
    """Which level of the norms each row was judged by; -1 for none."""


def stranger(one: Judged, other: Judged, chosen: NDArray[np.bool_]) -> Judged:
    """The rows of `other` where `chosen`, else of `one`."""
    mixed = {
        name: np.where(chosen[:, None] if matrix.ndim == 2 else chosen, vars(other)[name], matrix)
        for name, matrix in vars(one).items()
    }
    return Judged(**mixed)


def judge(norms: Norms, rows: pl.DataFrame) -> Judged:
    """Judges rows that have their kin and seasons."""
    observed = rows.select(pl.col(norms.subject.names).log1p()).to_numpy().astype(np.float64)
    expected = norms.of(rows)
    numbers = _deviations(observed, expected)
    hour = np.nan_to_num(_rarity(expected.active))
    deviations = np.concatenate([numbers, hour[:, None]], axis=1)
    strongest = np.partition(deviations**4, -STRONGEST, axis=1)[:, -STRONGEST:]
    surprise = strongest.mean(axis=1) ** 0.25
    surprise[expected.level < 0] = np.nan
    ranges = _range(expected)
    return Judged(deviations, surprise, *ranges, expected.active, expected.level)


def _deviations(observed: Matrix, expected: Expected) -> Matrix:
    """How unusual it is that there is anything, and how unusual so much of it is, together."""
    away = observed - expected.middle
    much = np.nan_to_num(np.where(away >= 0, away / expected.up, LESS * away / expected.down))
    rare = np.nan_to_num(_rarity(expected.share))
    missing = -LESS * np.nan_to_num(_rarity(1.0 - expected.share))
    there = np.where((much > 0) | (rare > 0), np.hypot(np.maximum(much, 0.0), rare), much)
    deviations = np.where(observed > 0, there, missing)
    return np.clip(np.where(np.isnan(observed), 0.0, deviations), -MOST, MOST)


def _rarity(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of hours in which something happens, in spreads: 0 from a half on, 2.8 for 1 %."""
    return np.asarray(np.sqrt(np.maximum(0.0, -2.0 * np.log(np.maximum(2.0 * share, 1e-9)))))


def _range(expected: Expected) -> tuple[Matrix, Matrix, Matrix]:
    """Middle, low and high."""
    middle = np.nan_to_num(expected.middle)
    low = np.expm1(np.clip(middle - 2 * np.nan_to_num(expected.down), 0, None))
    high = np.expm1(np.clip(middle + 2 * np.nan_to_num(expected.up), 0, 43))
    seldom = expected.share < SELDOM
    low = np.where(expected.share < 1 - SELDOM, 0.0, low)
    return np.where(seldom, 0.0, np.expm1(middle)), low, np.where(seldom, 0.0, high)
