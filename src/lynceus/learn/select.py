"""Which numbers a model should read: what each tells, alone and beside others, and how long.

Five questions about each number of a data set, answered on its earlier rows:

    known          in how many rows it is known at all
    information    bits it tells about the class alone (mutual information over sixteenths)
    importance     what a forest gives less to the right class of later rows, 0..1, with its values
                   shuffled there
    like           a number that tells more and says the same (rank correlation)
    stability      the least it tells in any stretch of time, as a share of what it tells on average

and the verdict that follows: kept or not, and why in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.features import vector
from lynceus.learn import splits
from lynceus.learn.dataset import Dataset, DatasetError, checked
from lynceus.learn.learners import RandomForest

Numbers = NDArray[np.float32]
Codes = NDArray[np.intp]

BINS = 16
STRETCHES = 5
"""Parts of equal size, one after the other, in which a number has to keep telling."""

LEAST_KNOWN = 0.01
LEAST_BITS = 0.01
"""Fewer bits than this are what chance gives."""

ALIKE = 0.97
"""Rank correlation from which two numbers say the same."""

LEAST_LOSS = 0.005
"""Less than this lost by shuffling is nothing."""

LEAST_STABILITY = 0.1
MOST_ROWS = 20_000
"""More rows than this are thinned evenly, class by class: the answers no longer change."""

MOST_SHUFFLED = 5_000
"""The same of the later rows, whose values are shuffled number by number."""

SHUFFLES = 3
FOREST = RandomForest(settings={"n_estimators": 40, "min_samples_leaf": 3})
"""Judges the numbers."""
LEAST_ROWS = 20
"""A class of fewer later rows says nothing of what is lost by shuffling."""

SCHEMA = pl.Schema(
    {
        "number": pl.String(),
        "known": pl.Float64(),
        "information_bits": pl.Float64(),
        "importance": pl.Float64(),
        "like": pl.String(),
        "stability": pl.Float64(),
        "kept": pl.Boolean(),
        "why": pl.String(),
    }
)


@dataclass(frozen=True)
class Selection:
    """What was found of the numbers of a data set."""

    numbers: pl.DataFrame
    """A row a number, in `SCHEMA`, those that tell most first."""
    recall: float
    """Mean recall over classes, on the later rows, of the forest that all numbers together made."""
    recall_of_kept: float
    """The same of a forest that read only those that are kept."""

    @property
    def kept(self) -> tuple[str, ...]:
        """The names of the numbers that are worth reading."""
        return tuple(self.numbers.filter("kept")["number"])


def select(
    dataset: Dataset,
    names: Sequence[str],
    target: Literal["family", "label", "malicious"] = "family",
    *,
    share: float = 2 / 3,
    seed: int = 0,
) -> Selection:
    """Judges these numbers by how well they tell `target` apart.

    The first `share` of the rows of each class answers what is told, the rest what is lost by
    shuffling. Rows without a class are left out. Raises `DatasetError` where there are fewer than
    two classes or no number is known.
    """
    dataset = dataset.with_rows(dataset.rows.drop_nulls(target))
    checked(dataset, target=target)
    earlier, later = _parts(dataset, share, target)
    known = dict(zip(names, (_known(earlier, name) for name in names), strict=True))
    used = [name for name in names if known[name] >= LEAST_KNOWN]
    if not used:
        raise DatasetError(
            f"{dataset.name}: feature {names[0]!r} is null in every row, and so are all others"
            if names
            else f"{dataset.name}: no number to choose from"
        )
    classes = earlier.rows[target].cast(pl.String).unique().sort()
    before, after = _matrix(earlier, used), _matrix(later, used)
    coded, told = _codes(earlier, target, classes), _codes(later, target, classes)
    bins = np.column_stack([_binned(column) for column in before.T])
    bits = np.array([_information(column, coded) for column in bins.T])
    stability = _stability(bins, coded)
    like = _alike(before, bits, used)
    recall, importance = _importance((before, coded), (after, told), seed)
    rows = []
    for at, name in enumerate(used):
        why = _objection(bits[at], like[at], stability[at], importance[at])
        rows.append(
            (name, known[name], bits[at], importance[at], like[at], stability[at], not why,
             why or "tells of the class and is said by no other")
        )  # fmt: skip
    unknown = [
        (name, known[name], None, None, None, None, False, "known of hardly a row")
        for name in names
        if name not in used
    ]
    table = pl.DataFrame([*rows, *unknown], schema=SCHEMA, orient="row").sort(
        "information_bits", "number", descending=[True, False], nulls_last=True
    )
    kept = [at for at, row in enumerate(rows) if row[6]]
    recall_of_kept = _fitted_recall(
        (before[:, kept], coded), (after[:, kept], told), seed
    ) if kept else 0.0  # fmt: skip
    return Selection(table, recall, recall_of_kept)


def _parts(dataset: Dataset, share: float, target: str) -> tuple[Dataset, Dataset]:
    """Earlier and later rows, each class cut on its own and thinned."""
    within: Literal["label", "family"] = "family" if target == "family" else "label"
    cut = splits.by_time if dataset.order == "time" else splits.in_file_order
    ((earlier, later),) = cut(dataset, share, within)
    if not later.rows.height:
        raise DatasetError(f"{dataset.name}: too few rows to hold any back")
    return _thinned(earlier, target, MOST_ROWS), _thinned(later, target, MOST_SHUFFLED)


def _thinned(dataset: Dataset, target: str, most: int) -> Dataset:
    """Of every class of more rows than its part of `most` each so many-th row."""
    rows = dataset.rows
    share = most // max(1, rows[target].n_unique())
    every = (pl.len() / share).ceil().clip(lower_bound=1).cast(pl.Int64)
    picked = pl.int_range(pl.len()) % every == 0
    return dataset.with_rows(rows.filter(picked.over(target)))


def _matrix(dataset: Dataset, names: Sequence[str]) -> Numbers:
    told = vector.chosen_vectors(dataset.rows, names)
    return told.select(pl.all().fill_null(float("nan"))).to_numpy().astype(np.float32)


def _known(dataset: Dataset, name: str) -> float:
    column = vector.chosen_vectors(dataset.rows, [name])[name]
    return 1 - column.null_count() / max(1, column.len())


def _codes(dataset: Dataset, target: str, classes: pl.Series) -> Codes:
    """The place of each row's class; rows of a class that is not there bear -1."""
    place = {name: at for at, name in enumerate(classes)}
    text = dataset.rows[target].cast(pl.String)
    return text.replace_strict(place, default=-1, return_dtype=pl.Int64).to_numpy().astype(np.intp)


def _binned(column: NDArray[np.float32]) -> Codes:
    """Sixteenths of the known values; unknown ones are a bin of their own."""
    known = column[~np.isnan(column)]
    cuts = np.linspace(0, 1, BINS + 1)[1:-1]
    edges = np.unique(np.quantile(known, cuts)) if known.size else known
    places = np.searchsorted(edges.astype(np.float32), column, side="right")
    return np.where(np.isnan(column), BINS, places).astype(np.intp)


def _information(bins: Codes, classes: Codes) -> float:
    """Mutual information in bits, less what chance gives by so many cells (Miller and Madow)."""
    counts = np.zeros((BINS + 1, int(classes.max()) + 1))
    np.add.at(counts, (bins, classes), 1)
    total = counts.sum()
    share = counts / total
    rows, columns = share.sum(1, keepdims=True), share.sum(0, keepdims=True)
    seen = share > 0
    bits = float((share[seen] * np.log2(share[seen] / (rows @ columns)[seen])).sum())
    cells = (np.count_nonzero(rows) - 1) * (np.count_nonzero(columns) - 1)
    return max(0.0, bits - float(cells / (2 * total * np.log(2))))


def _stability(bins: Codes, classes: Codes) -> NDArray[np.float64]:
    """The least information in a stretch over the mean of all; each class is cut on its own."""
    stretch = np.zeros(len(classes), np.intp)
    for name in np.unique(classes):
        mine = np.flatnonzero(classes == name)
        stretch[mine] = np.arange(len(mine)) * STRETCHES // max(1, len(mine))
    bits = np.array(
        [
            [_information(column[stretch == at], classes[stretch == at]) for column in bins.T]
            for at in range(STRETCHES)
            if np.unique(classes[stretch == at]).size > 1
        ]
    )
    if not bits.size:
        return np.ones(bins.shape[1])
    mean = bits.mean(0)
    return np.where(mean > 0, bits.min(0) / np.where(mean > 0, mean, 1), 0.0)


def _alike(numbers: Numbers, bits: NDArray[np.float64], names: Sequence[str]) -> list[str | None]:
    """Of each number the one that tells more and says the same, if there is one."""
    frame = pl.DataFrame(numbers, schema=list(names), orient="row").fill_nan(None)
    ranks = frame.select(pl.all().rank().fill_null(strategy="mean")).to_numpy().astype(float)
    ranks -= ranks.mean(0)
    length = np.sqrt((ranks**2).sum(0))
    length[length == 0] = 1
    related = np.abs((ranks / length).T @ (ranks / length))
    missing = frame.select(pl.all().is_null()).to_numpy()
    order = sorted(range(len(names)), key=lambda at: (-bits[at], names[at]))
    leaders: list[int] = []
    like: list[str | None] = [None] * len(names)
    for at in order:
        same = [
            leader
            for leader in leaders
            if related[at, leader] >= ALIKE
            and (missing[:, at] ^ missing[:, leader]).mean() <= 1 - ALIKE
        ]
        if same:
            like[at] = names[max(same, key=lambda leader: float(related[at, leader]))]
        else:
            leaders.append(at)
    return like


def _fitted_recall(
    earlier: tuple[Numbers, Codes], later: tuple[Numbers, Codes], seed: int
) -> float:
    fitted = FOREST.fit(*earlier, _weights(earlier[1]), seed)
    return _recall(fitted.probabilities(later[0]).argmax(1), later[1])


def _importance(
    earlier: tuple[Numbers, Codes], later: tuple[Numbers, Codes], seed: int
) -> tuple[float, NDArray[np.float64]]:
    """The recall of a forest on later rows, and what it loses with each number shuffled."""
    fitted = FOREST.fit(*earlier, _weights(earlier[1]), seed)
    numbers, classes = later
    told = fitted.probabilities(numbers)
    whole = _given(told, classes)
    dice = np.random.default_rng(seed)
    lost = np.zeros(numbers.shape[1])
    for at in range(numbers.shape[1]):
        for _ in range(SHUFFLES):
            shuffled = numbers.copy()
            shuffled[:, at] = dice.permutation(shuffled[:, at])
            lost[at] += (whole - _given(fitted.probabilities(shuffled), classes)) / SHUFFLES
    # Trees are added up in any order, so the last digits differ from run to run.
    return _recall(told.argmax(1), classes), lost.round(4)


def _given(told: NDArray[np.float64], classes: Codes) -> float:
    """The mean probability of the right class, each class of enough rows weighing the same."""
    counts = np.bincount(classes[classes >= 0])
    judged = np.flatnonzero(counts >= min(LEAST_ROWS, int(counts.max())))
    return float(np.mean([told[classes == c, c].mean() for c in judged]))


def _weights(classes: Codes) -> NDArray[np.float64]:
    """Each class weighs the same together."""
    counts = np.bincount(classes)
    weights: NDArray[np.float64] = len(classes) / (np.count_nonzero(counts) * counts[classes])
    return weights


def _recall(told: NDArray[np.intp], classes: Codes) -> float:
    """Mean recall over the classes."""
    return float(np.mean([(told[classes == c] == c).mean() for c in np.unique(classes) if c >= 0]))


def _objection(bits: float, like: str | None, stability: float, importance: float) -> str:
    """Why a number is left out; empty where it is not."""
    if bits < LEAST_BITS and importance < LEAST_LOSS:
        return "tells nothing of the class"
    if like is not None:
        return f"says the same as {like}, which tells more"
    if stability < LEAST_STABILITY and importance < LEAST_LOSS:
        return "tells little in some stretch of time, and nothing is lost without it"
    return ""
