"""Precision, recall and their like, as sums over rows so that groups of rows can be drawn again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lynceus.learn.bootstrap import Interval, highest_share, interval

Names = NDArray[Any]
Floats = NDArray[np.float64]


class Confusion:
    """Who was taken for whom; what is named outside `classes` is a column of its own."""

    def __init__(self, truth: Names, said: Names, classes: Sequence[str], groups: Names) -> None:
        self.classes = tuple(classes)
        width = len(self.classes) + 1
        place = {name: at for at, name in enumerate(self.classes)}
        rows = np.array([place.get(name, -1) for name in truth])
        columns = np.array([place.get(name, width - 1) for name in said])
        self._kept = rows >= 0
        self._cells = np.zeros((int(self._kept.sum()), (width - 1) * width))
        self._cells[np.arange(len(self._cells)), (rows * width + columns)[self._kept]] = 1
        self._groups = np.asarray(groups, object)[self._kept]

    def macro_precision(self) -> Interval:
        """The mean of all classes' precision; a class that nothing was called has 0."""
        return interval(lambda sums: float(self._precision(sums).mean()), self._cells, self._groups)

    def macro_recall(self) -> Interval:
        """The mean of all classes' recall."""
        return interval(lambda sums: float(self._recall(sums).mean()), self._cells, self._groups)

    def rows(self) -> tuple[Mapping[str, str], ...]:
        """Precision, recall and rows by class."""
        sums = self._cells.sum(0)
        table = self._table(sums)
        return tuple(
            {
                "class": name,
                "rows": f"{int(table[at].sum()):,}",
                "precision": f"{precision:.4f}",
                "recall": f"{recall:.4f}",
            }
            for at, (name, precision, recall) in enumerate(
                zip(self.classes, self._precision(sums), self._recall(sums), strict=True)
            )
        )

    def _table(self, sums: Floats) -> Floats:
        return sums.reshape(len(self.classes), len(self.classes) + 1)

    def _precision(self, sums: Floats) -> Floats:
        table = self._table(sums)
        called = table.sum(0)[:-1]
        return _share(np.diagonal(table), called, np.where(table.sum(1) > 0, 0.0, np.nan))

    def _recall(self, sums: Floats) -> Floats:
        table = self._table(sums)
        return _share(np.diagonal(table), table.sum(1), np.full(len(table), np.nan))


def _share(part: Floats, whole: Floats, otherwise: Floats) -> Floats:
    """Shares of classes; those of which a draw has no rows are left out of its mean."""
    told = np.divide(part, whole, out=np.array(otherwise, float), where=whole > 0)
    kept: Floats = told[np.isfinite(told)] if np.isnan(told).any() else told
    return kept


def f1(malicious: Names, found: Names, groups: Names) -> Interval:
    """Of the malicious class: 2 hits / (2 hits + misses + false alarms)."""
    malicious, found = np.asarray(malicious, bool), np.asarray(found, bool)
    counts = np.column_stack([malicious & found, malicious & ~found, ~malicious & found])

    def told(sums: Floats) -> float:
        hits, misses, alarms = sums
        return float(2 * hits / (2 * hits + misses + alarms)) if hits + misses else float("nan")

    return interval(told, counts, groups)


def share_of(hits: Names, among: Names, groups: Names) -> Interval:
    """Share of the rows of `among` that are hits."""
    among = np.asarray(among, bool)
    counts = np.column_stack([np.asarray(hits, bool) & among, among])
    return interval(
        lambda sums: float(sums[0] / sums[1]) if sums[1] else float("nan"), counts, groups
    )


def false_positives(found: Names, benign: Names) -> tuple[float, float]:
    """The share of benign rows that were found, and its 95 % upper bound were rows independent."""
    benign = np.asarray(benign, bool)
    alarms, rows = int((np.asarray(found, bool) & benign).sum()), int(benign.sum())
    return alarms / max(1, rows), highest_share(alarms, rows)


def percent(share: float) -> str:
    """`0.24 %`."""
    return f"{100 * share:.2f} %"
