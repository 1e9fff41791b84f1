"""A model that is there already, judged by the gate on rows that it has not learned from."""

from __future__ import annotations

import polars as pl

from lynceus.learn.classify import Target, names_of
from lynceus.learn.dataset import Dataset, DatasetError
from lynceus.learn.gate import judged, with_speed
from lynceus.learn.speed import flows_a_second
from lynceus.models import Served, specification
from lynceus.models.artefact import Artefact
from lynceus.models.manifest import Gate, Lineage, Manifest
from lynceus.records import Task

TARGETS: dict[Task, Target] = {"attack_family": "family", "malicious": "malicious"}
"""What of a data set says the truth for each task."""


def gated(artefact: Artefact, dataset: Dataset) -> Artefact:
    """The same model with what the gate says of it on the rows of `dataset`.

    Raises DatasetError where the set cannot tell what the model is asked, or has none of its
    classes but one.
    """
    told = artefact.manifest
    if told.task not in TARGETS:
        raise DatasetError(f"{dataset.name}: does not tell what a model of {told.task} is asked")
    truth = names_of(dataset, TARGETS[told.task])
    found = sorted({str(name) for name in truth} & set(told.classes))
    if len(found) < 2:
        names = ", ".join(found) or "none"
        raise DatasetError(
            f"{dataset.name}: of the classes {', '.join(told.classes)} it has {names}"
        )
    known = pl.Series([name in told.classes for name in truth])
    rows = dataset.rows.filter(known)
    numbers = specification.numbers(told.tier, told.inputs, rows)
    outcome = judged(Served(artefact).probabilities(numbers), told.classes, truth[known.to_numpy()])
    outcome = with_speed(outcome, flows_a_second(artefact, rows))
    gate = Gate(passed=outcome.passed, reasons=dict(outcome.reasons))
    changes = {
        "gate": gate.model_dump(),
        "alert": dict(outcome.alert),
        "metrics": {name: one.metrics for name, one in outcome.classes.items()},
        "parameters": {
            **told.parameters,
            "gated_on": Lineage(
                dataset=dataset.name, digest=dataset.digest, rows=numbers.height
            ).model_dump(),
        },
    }
    return Artefact.of(Manifest.model_validate(told.model_dump() | changes), artefact.payload)
