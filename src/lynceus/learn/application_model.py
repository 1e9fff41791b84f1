"""Models of the kind of application, from flows of labelled captures.

Flows.of(dataset)        flows long enough to tell, with what each learner reads
in_turn(learner, flows)  what a learner says of captures that it did not see
artefact(dataset, ...)   the network that is served
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.features import vector
from lynceus.learn import calibrate, sequence
from lynceus.learn.dataset import Dataset, DatasetError
from lynceus.learn.datasets.ndpi_apps import families
from lynceus.learn.learners import Boosting, Floats, Learner, Matrix
from lynceus.models.artefact import Artefact
from lynceus.models.manifest import Expected, Gate, Knots, Lineage, Manifest, Reject
from lynceus.records import Task

SEED = 1
FOLDS = 5
LEAST_PACKETS = 4
"""Fewer packets are a question and its answer, or nothing at all."""
MOST_ALIKE = 40
"""So many flows of one capture and kind are taken: more of the same teach nothing."""
LEAST_FAMILIES = 2
"""A kind has to be in so many families of captures, or nobody could say how well it is told."""
APPLICATION = "own_application"
TASK: Task = "application"

STATISTICS = "statistics"
"""The name of the learner that reads statistics of the whole flow."""
WHOLE = "whole"
"""The name of the learner that reads statistics and first packets."""
BOOSTED = {
    "n_estimators": 80, "num_leaves": 15, "learning_rate": 0.1, "min_child_samples": 5,
    "colsample_bytree": 0.3, "subsample": 0.8, "subsample_freq": 1,
}  # fmt: skip
_OF_MACHINES = ("window", "entropy", "missed")
"""Statistics that tell of the operating system, the payload or the sensor."""


def learners() -> tuple[Learner, ...]:
    """The models that are compared."""
    return (Boosting(STATISTICS, BOOSTED), sequence.Recurrent(), sequence.Convolution())


@dataclass(frozen=True)
class Flows:
    """Flows with a known kind of application."""

    rows: pl.DataFrame
    truth: NDArray[Any]
    """The kind of each."""
    labels: NDArray[Any]
    """The application itself, as nDPI names it."""
    families: NDArray[Any]
    """The family of captures each is from: what is held out whole."""
    kinds: tuple[str, ...]
    weights: Floats
    """So that no capture and no kind outweighs the others by its number of flows alone."""

    @staticmethod
    def of(dataset: Dataset) -> Flows:
        """Those of a data set that are long enough. Raises `DatasetError` where too few kinds
        are left."""
        rows = dataset.rows.filter(
            pl.col(APPLICATION).is_not_null()
            & (pl.col("seq_size_bytes").list.len() >= LEAST_PACKETS)
        )
        rows = rows.filter(pl.int_range(pl.len()).over("capture", APPLICATION) < MOST_ALIKE)
        rows = rows.with_columns(_family=pl.Series(families(rows["capture"].to_list())))
        often = pl.col("_family").n_unique().over(APPLICATION) >= LEAST_FAMILIES
        rows = rows.filter(often)
        truth = rows[APPLICATION].to_numpy().astype(object)
        kinds = tuple(sorted(set(truth)))
        if len(kinds) < 2:
            told = ", ".join(kinds) or "none"
            raise DatasetError(
                f"{dataset.name}: column {APPLICATION!r} has too few kinds ({told}); expected two "
                f"in {LEAST_FAMILIES} captures or more"
            )
        captures = pl.col(APPLICATION).len().over("capture")
        weight = rows.select((1 / captures.sqrt()).alias("w"), APPLICATION)
        whole = pl.col("w").sum().over(APPLICATION)
        weights = weight.select(pl.col("w") / whole.sqrt()).to_series().to_numpy()
        return Flows(
            rows,
            truth,
            rows["label"].to_numpy().astype(object),
            rows["_family"].to_numpy().astype(object),
            kinds,
            weights / weights.mean(),
        )

    def matrix(self, learner: str) -> Matrix:
        """What a learner of this name reads."""
        return vector.chosen_vectors(self.rows, inputs_of(learner)).to_numpy()

    @property
    def classes(self) -> NDArray[Any]:
        """The kinds as whole numbers."""
        place = {kind: at for at, kind in enumerate(self.kinds)}
        return np.array([place[kind] for kind in self.truth], np.intp)


def inputs_of(learner: str) -> tuple[str, ...]:
    """The numbers that a learner of this name reads."""
    if learner == WHOLE:
        return tuple(dict.fromkeys((*statistics(), *sequence.INPUTS)))
    return statistics() if learner == STATISTICS else sequence.INPUTS


def statistics() -> tuple[str, ...]:
    """The numbers about whole flows that the boosted trees read."""
    single = set(sequence.INPUTS) - {"proto_tcp"}
    return tuple(
        name
        for name in vector.names("packet")
        if name not in single and not any(part in name for part in _OF_MACHINES)
    )


def folds_of(groups: Sequence[str] | NDArray[Any]) -> NDArray[Any]:
    """The fold of each row: whole groups, the largest first, each to the fold with fewest rows."""
    names, place, counts = np.unique(
        np.asarray(groups, object).astype(str), return_inverse=True, return_counts=True
    )
    of_group, filled = np.zeros(len(names), np.intp), np.zeros(FOLDS)
    for group in np.argsort(-counts, kind="stable"):
        fold = int(filled.argmin())
        of_group[group], filled[fold] = fold, filled[fold] + counts[group]
    told: NDArray[Any] = of_group[place]
    return told


def in_turn(learner: Learner, flows: Flows) -> Floats:
    """Probabilities of each flow by a model that saw no capture of its family."""
    matrix, classes, fold = flows.matrix(learner.name), flows.classes, folds_of(flows.families)
    told = np.zeros((len(classes), len(flows.kinds)))
    for number in range(FOLDS):
        held = fold == number
        if not held.any() or held.all():
            continue
        names, known = np.unique(classes[~held], return_inverse=True)
        fitted = learner.fit(matrix[~held], known, flows.weights[~held], SEED)
        told[np.ix_(held, names)] = fitted.probabilities(matrix[held])
    return told


def sureness(probabilities: Floats) -> Floats:
    """How sure a model is of a row: the greatest probability."""
    return np.asarray(probabilities.max(1), np.float64)


def artefact(
    flows: Flows, dataset: Dataset, network: sequence.Recurrent | sequence.Convolution, version: int
) -> Artefact:
    """A network trained on all flows, as it is served: calibrated and measured on captures that
    were held out. It alerts on nothing, since an application is no attack; what it says is kept
    with each flow."""
    unseen = in_turn(network, flows)
    lines = calibrate.lines(unseen, flows.kinds, flows.truth)
    told = calibrate.calibrated(unseen, flows.kinds, lines)
    matrix = flows.matrix(network.name)
    fitted = network.fit(matrix, flows.classes, flows.weights, SEED)
    metrics = _metrics(flows, told)
    few = ", ".join(kind for kind, row in metrics.items() if (row["recall"] or 0) < 0.5)
    card = (
        f"# {TASK} {version}\n\n"
        f"Names the kind of application of a flow of {LEAST_PACKETS} packets or more by the sizes, "
        f"directions and gaps of its first {vector.FIRST_PACKETS} packets. It reads no payload, "
        "port or address.\n\n"
        f"Trained on {len(flows.truth)} flows of {len(set(flows.families))} families of captures "
        f"({dataset.name}); measured on families held out whole.\n\n"
        "Faults of the data: " + " ".join(dataset.faults) + "\n\n"
        f"Limits: fewer than half are told of {few or 'no kind'}. Never use what it says as "
        "evidence of anything; it is stored with the flow and alerts on nothing.\n"
    )
    manifest = Manifest(
        name=f"{TASK}_{network.name}",
        version=version,
        task=TASK,
        kind="net",
        tier="packet",
        inputs=sequence.INPUTS,
        spec_hash=vector.spec_hash(sequence.INPUTS),
        classes=flows.kinds,
        link="softmax",
        calibration={name: Knots(x=line.x, y=line.y) for name, line in lines.items()},
        reject=Reject(least_probability=_digits(float(np.quantile(told.max(1), 0.05)))),
        expected=expected(matrix, sequence.INPUTS),
        lineage=(Lineage(dataset=dataset.name, digest=dataset.digest, rows=len(flows.truth)),),
        parameters={"learner": network.name, **network.settings, "folds": FOLDS},
        metrics=metrics,
        gate=Gate(
            passed=False,
            reasons={
                "model": "an application is no attack: it is told with the flow, never alerts"
            },
        ),
        seed=SEED,
        card=card,
    )
    return Artefact.of(manifest, {"net.onnx": fitted.onnx()})


def _metrics(flows: Flows, told: Floats) -> dict[str, dict[str, float | None]]:
    """Precision, recall and number of rows of each kind."""
    named = np.asarray(flows.kinds, object)[told.argmax(1)]
    metrics: dict[str, dict[str, float | None]] = {}
    for kind in flows.kinds:
        true, called = flows.truth == kind, named == kind
        hits = int((true & called).sum())
        metrics[kind] = {
            "precision": _digits(hits / called.sum()) if called.any() else None,
            "recall": _digits(hits / true.sum()),
            "support": float(true.sum()),
        }
    return metrics


def expected(matrix: Matrix, names: Sequence[str]) -> dict[str, Expected]:
    """The usual range of each input. A flow is judged where its first packets are known: those
    that come later are missing in short flows, and that is no loss."""
    told = {}
    first = set(sequence.SIZES[:LEAST_PACKETS])
    for at, name in enumerate(names):
        known = matrix[:, at][~np.isnan(matrix[:, at])].astype(np.float64)
        low, high = np.quantile(known, [0.05, 0.95]) if len(known) else (0.0, 0.0)
        told[name] = Expected(
            low=_digits(float(low)),
            high=_digits(float(high)),
            null_share=_digits(1 - len(known) / len(matrix)),
            weight=1 / LEAST_PACKETS if name in first else 0.0,
        )
    return told


def _digits(value: float) -> float:
    return round(float(value), 6)
