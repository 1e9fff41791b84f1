"""From one network to another: trained on CICIDS2017, tested elsewhere, on what all can tell."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.features import vector
from lynceus.learn import splits
from lynceus.learn.dataset import Dataset, DatasetError
from lynceus.learn.datasets import load as load_set
from lynceus.learn.evaluate.figures import f1, false_positives, percent
from lynceus.learn.evaluate.result import Figure, Result
from lynceus.learn.in_folder import in_folder
from lynceus.learn.learners import Floats, Matrix, RandomForest, weights_of
from lynceus.learn.numbers import Numbers
from lynceus.learn.stack import blocks_of

FEW, SEED = 0.05, 1
"""Share of the target's rows whose labels are given, the first ones of each class by time."""
FOREIGN = (0.01, 0.03, 0.1)
"""Weights that a row of another network may have beside one of the target's own."""
LIMIT = 0.5
"""The probability from which on a flow is found malicious."""
TREES_TO_CHOOSE = 50
"""Trees of the forests by which the weight is chosen: half of those that are measured."""


class CrossData:
    """A random forest on the flow tier, malicious or not, at a probability of one half. First it
    knows CICIDS2017 alone; then the first 5 % of the target's rows of each class by time too, and
    is tested on the rest. What a row of CICIDS2017 weighs beside one of the target is chosen inside
    those 5 %: the weight that tells them best, each third of them judged by the other two. Rows
    that end later in the same capture resemble the few that were
    given; that is what a user who labels a little of his own traffic has."""

    title: ClassVar[str] = "Trained on CICIDS2017, tested on UNSW-NB15 and Stratosphere, flow tier"

    def run(self, data: Path, trained_on: Path | None = None) -> Result:
        """F1 with no and with few labels of the target."""
        source = in_folder(trained_on or data, "cicids2017", columns=("orig_ip_bytes",))
        targets = {
            "UNSW-NB15": in_folder(data, "unsw_nb15", columns=("ts_ns",)),
            "Stratosphere": labelled_captures(data),
        }
        figures, notes = [], []
        for name, target in targets.items():
            told, note = _on(name, source, target)
            figures += told
            notes.append(note)
        return Result(tuple(figures), notes=tuple(notes))


def labelled_captures(data: Path) -> Dataset:
    """Labelled Zeek of a folder `stratosphere`, or of this one where there is none so named."""
    named = data / "stratosphere"
    return load_set("stratosphere", named if named.is_dir() else data)


def _on(name: str, source: Dataset, target: Dataset) -> tuple[list[Figure], str]:
    known = target.with_rows(
        target.rows.filter(pl.col("malicious").is_not_null()).with_columns(
            family=pl.when("malicious").then(pl.lit("malicious")).otherwise(pl.lit("benign"))
        )
    )
    if known.rows["malicious"].n_unique() < 2:
        raise DatasetError(f"{target.name}: column 'malicious' has one value; expected two")
    ((few, rest),) = splits.by_time(known, FEW, "family")
    source = source.with_rows(source.rows.filter(pl.col("malicious").is_not_null()))
    numbers = Numbers(vector.names("flow"))
    there, here, tested = (numbers.matrix(d) for d in (source, few, rest))
    truth, groups = _truth(rest), rest.rows["capture"].to_numpy()
    if len(set(groups)) == 1:
        groups = rest.rows["host"].to_numpy()
    figures, chosen = [], 1.0
    for told, wanted in ((False, None), (True, 0.90)):
        if told:
            classes = np.concatenate([_truth(source), _truth(few)]).astype(np.intp)
            chosen = _chosen(there, _truth(source), here, _truth(few))
            weights = _weights(classes, len(there), chosen)
            found = _found(np.vstack([there, here]), classes, weights, tested)
        else:
            classes = _truth(source).astype(np.intp)
            found = _found(there, classes, weights_of(classes), tested)
        score = f1(truth, found, groups)
        share, _ = false_positives(found, ~truth)
        what = "5 % of its labels" if told else "none of its labels"
        figures.append(
            Figure(
                f"{name}, {what}: F1", f"{score.text()}, false positives {percent(share)}",
                f">= {wanted:.2f}" if wanted else "", score.value >= wanted if wanted else None,
            )
        )  # fmt: skip
    return figures, (
        f"{name}: {few.rows.height:,} rows whose labels were given, {_truth(few).sum():,} of them "
        f"malicious; tested on {rest.rows.height:,}. A row of CICIDS2017 weighs {chosen} beside "
        "one of them."
    )


def _chosen(
    there: Matrix, bad_there: NDArray[np.bool_], here: Matrix, bad_here: NDArray[np.bool_]
) -> float:
    """The weight of a foreign row by which the few own rows are told best."""
    block = blocks_of(bad_here.astype(np.intp))
    forest = RandomForest(settings={"n_estimators": TREES_TO_CHOOSE, "min_samples_leaf": 1})

    def told(weight: float) -> float:
        found = np.zeros(len(here), bool)
        for number in np.unique(block):
            held = block == number
            classes = np.concatenate([bad_there, bad_here[~held]]).astype(np.intp)
            rows = np.vstack([there, here[~held]])
            fitted = forest.fit(rows, classes, _weights(classes, len(there), weight), SEED)
            found[held] = fitted.probabilities(here[held])[:, 1] >= LIMIT
        return f1(bad_here, found, np.arange(len(found))).value

    return max(FOREIGN, key=told)


def _weights(classes: NDArray[np.intp], foreign: int, weight: float) -> Floats:
    """Weights of rows of which the first so many are of another network."""
    told = weights_of(classes)
    told[:foreign] *= weight
    return told


def _truth(dataset: Dataset) -> NDArray[np.bool_]:
    return np.asarray(dataset.rows["malicious"].to_numpy(), bool)


def _found(
    matrix: Matrix, classes: NDArray[np.intp], weights: Floats, tested: Matrix
) -> NDArray[np.bool_]:
    fitted = RandomForest().fit(matrix, classes, weights, SEED)
    found: NDArray[np.bool_] = fitted.probabilities(tested)[:, 1] >= LIMIT
    return found
