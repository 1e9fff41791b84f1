"""Kinds of application by first packets or statistics of a flow, whole captures held out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from lynceus.learn.application_model import (
    LEAST_PACKETS,
    SEED,
    STATISTICS,
    Flows,
    folds_of,
    in_turn,
    learners,
    sureness,
)
from lynceus.learn.dataset import Dataset
from lynceus.learn.datasets import load
from lynceus.learn.evaluate.agreement import accuracy, auroc, macro_f1
from lynceus.learn.evaluate.figures import Floats, Names
from lynceus.learn.evaluate.result import Figure, Part, Result
from lynceus.learn.in_folder import folder_of
from lynceus.services import unreadable

WANTED = 0.80


class EncryptedApplications:
    """Flows of the captures of nDPI's tests, labelled by its verdict, in five folds of whole
    captures (like-named ones together): each fold is judged by models trained on the others. A
    recurrent network and a temporal convolution read sizes, directions and gaps of the first 32
    packets, boosted trees the statistics of the flow; the ensemble is the mean of what the better
    network and the trees say. An application (by nDPI's name) is unseen where no capture of the
    other folds has it: the area under the curve says how well the ensemble's doubt tells those from
    known ones."""

    title: ClassVar[str] = "Encrypted application class, nDPI captures held out whole"

    def run(self, data: Path, trained_on: Path | None = None) -> Result:
        """Macro F1 and accuracy of each model, confusion tables, known against unseen."""
        flows = Flows.of(_captures(data))
        if trained_on is not None:
            return _result(flows, *_apart(Flows.of(_captures(trained_on)), flows))
        told = {learner.name: in_turn(learner, flows) for learner in learners()}
        return _result(flows, told, _unseen(flows))


def _captures(data: Path) -> Dataset:
    """The set in a folder or one below it."""
    return load("ndpi_apps", folder_of(data, "ndpi_apps"))


def _apart(train: Flows, test: Flows) -> tuple[dict[str, Floats], Names]:
    """What models of one set say of another, and which applications of it are in neither."""
    place = {kind: at for at, kind in enumerate(test.kinds)}
    known = np.array([place.get(kind, -1) for kind in train.truth])
    rows = known >= 0
    names, classes = np.unique(known[rows], return_inverse=True)
    told = {}
    for learner in learners():
        matrix = train.matrix(learner.name)[rows]
        fitted = learner.fit(matrix, classes, train.weights[rows], SEED)
        said = np.zeros((len(test.truth), len(test.kinds)))
        said[:, names] = fitted.probabilities(test.matrix(learner.name))
        told[learner.name] = said
    return told, ~np.isin(test.labels, train.labels)


def _unseen(flows: Flows) -> Names:
    """Rows whose application occurs in no other fold."""
    fold = folds_of(flows.families)
    unseen = np.zeros(len(fold), bool)
    for number in np.unique(fold):
        held = fold == number
        unseen[held] = ~np.isin(flows.labels[held], flows.labels[~held])
    return unseen


def _result(flows: Flows, told: Mapping[str, Floats], unseen: Names) -> Result:
    kinds = np.asarray(flows.kinds, object)
    networks = {name: said for name, said in told.items() if name != STATISTICS}
    better = max(networks, key=lambda n: _score(flows, networks[n]))
    whole = {**told, "ensemble": (told[better] + told[STATISTICS]) / 2}
    encrypted = flows.rows.select(unreadable()).to_series().to_numpy()
    figures, parts = [], []
    for name, said in whole.items():
        named = kinds[said.argmax(1)]
        for words, rows in (("all flows", np.ones(len(named), bool)), ("encrypted", encrypted)):
            of = (flows.truth[rows], named[rows])
            groups = flows.families[rows]
            figures += [
                Figure(f"{name}, {words}: macro F1", macro_f1(*of, flows.kinds, groups).text()),
                Figure(f"{name}, {words}: accuracy", accuracy(*of, groups).text()),
            ]
        parts.append(Part(f"Who was taken for whom: {name}", _taken(flows, named)))
    sure = sureness(whole["ensemble"])
    area = auroc(sure, ~unseen)
    figures.append(
        Figure(
            "known against unseen application, area under the curve", f"{area:.4f}",
            f">= {WANTED:.2f}", bool(area >= WANTED),
        )
    )  # fmt: skip
    best = max(whole, key=lambda n: _score(flows, whole[n]))
    return Result(
        tuple(figures),
        tuple(parts),
        (
            f"{len(flows.truth):,} flows of {LEAST_PACKETS} packets or more in "
            f"{len(np.unique(flows.families)):,} families of captures, {encrypted.sum():,} of them "
            f"encrypted; {unseen.sum():,} flows of applications that no other fold has.",
            f"By macro F1 over all flows the best is: {best}.",
        ),
    )


def _score(flows: Flows, said: Floats) -> float:
    named = np.asarray(flows.kinds, object)[said.argmax(1)]
    return macro_f1(flows.truth, named, flows.kinds, flows.families).value


def _taken(flows: Flows, named: Names) -> tuple[Mapping[str, str], ...]:
    """The confusion table: a row a true kind, a column a kind that was named."""
    return tuple(
        {"is": kind}
        | {other: str(int(((flows.truth == kind) & (named == other)).sum()))
           for other in flows.kinds}
        for kind in flows.kinds
    )  # fmt: skip
