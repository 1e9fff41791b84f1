"""A model of attack families as it is served: trained, judged by the gate, written down.

    trained(dataset, ...)    the artefact: payload, calibration, limits, card

It learns from the first rows of each label by time; the gate judges it on the last ones, which it
has not seen, and on benign networks that it was never trained on. What passed is what is written:
it is not trained again on all rows afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from lynceus.detect.attack_class import KNOWN
from lynceus.features import vector
from lynceus.learn import false_findings, gate, search, splits
from lynceus.learn.calibrate import Line
from lynceus.learn.classify import ORDINARY, Classifier, in_turn, learnable, learned, names_of
from lynceus.learn.dataset import Dataset, DatasetError
from lynceus.learn.export import written
from lynceus.learn.export_trees import exported
from lynceus.learn.learners import BASE, Alone, Learner
from lynceus.learn.numbers import Numbers
from lynceus.learn.speed import flows_a_second
from lynceus.learn.stack import BLOCKS, Stack
from lynceus.learn.steps import Steps
from lynceus.learn.unlike import UNKNOWN_VALUE
from lynceus.models import Artefact, Manifest, examples
from lynceus.models.examples import EXAMPLES
from lynceus.models.manifest import Expected, Gate, Knots, Lineage, Reject
from lynceus.models.served import UNLIKE
from lynceus.models.trees import content_of

TRAINED = 0.75
"""Share of each label's rows, the first by time, that are learned from; the gate sees the rest."""
TRANSPORT = "proto_"
"""Of the numbers that say no more than TCP, UDP or ICMP."""
NO_WORDS = "is no family that a finding could tell a person of"
EXAMPLES_A_LABEL = 20
"""Known rows of each label that a model keeps."""
HARDLY_EVER = 0.01
"""Share of rows up to which a number counts as always known."""
LEARNERS: dict[str, type[Alone] | type[Stack]] = {
    **{cls().name: cls for cls in BASE},
    Stack().name: Stack,
}
"""What can be trained by name; a network and a stack that holds one need ONNX Runtime to serve."""


@dataclass(frozen=True)
class Order:
    """What is to be trained."""

    name: str = "attack_family"
    version: int = 1
    tier: vector.Tier = "flow"
    learner: str = "boosting"
    seed: int = 0


def steps_of(order: Order) -> int:
    """How many steps a training has."""
    if order.learner == Stack().name:
        return len(BASE) * (BLOCKS + 1) + 1
    tried = int(np.prod([len(values) for values in search.GRIDS[order.learner].values()]))
    return (tried + 1) * BLOCKS + 2


def settings_of(learner: Learner) -> dict[str, Any]:
    """The settings of a learner, of a stack by the names of its parts."""
    if isinstance(learner, Stack):
        return {part.name: settings_of(part) for part in learner.parts}
    return dict(learner.settings) if isinstance(learner, Alone) else {}


def trained(
    dataset: Dataset, benign: Sequence[Dataset], order: Order, steps: Steps | None = None
) -> Artefact:
    """The artefact of a model of families. Raises `DatasetError`.

    `benign` are networks that are not trained on: a class that its detector tells of their
    ordinary traffic stays silent, and so does one that it has no words for.
    """
    cut = splits.by_time if dataset.order == "time" else splits.in_file_order
    ((train, later),) = cut(dataset, TRAINED, "label")
    known, _ = learnable(train, "family", "label")
    numbers = Numbers.of(known, order.tier)
    if all(name.startswith(TRANSPORT) for name in numbers.inputs):
        raise DatasetError(
            f"{dataset.name}: feature 'duration_s' is null in every row, and so is every other "
            "but the transport"
        )
    truth = names_of(known, "family")
    classes = np.unique(truth.astype(str), return_inverse=True)[1]
    learner: Learner = LEARNERS[order.learner]()
    tried: list[search.Tried] = []
    if isinstance(learner, Alone):
        learner, tried = search.searched(
            learner, numbers.matrix(known), classes, seed=order.seed, steps=steps
        )
    classifier = learned(
        train,
        learner,
        numbers=numbers,
        tier=order.tier,
        within="label",
        seed=order.seed,
        steps=steps,
    )
    outcome = gate.judged(
        classifier.probabilities(later), classifier.classes, names_of(later, "family")
    )
    outcome = gate.silenced(outcome, {c: NO_WORDS for c in classifier.classes if c not in KNOWN})
    parameters: dict[str, Any] = {
        "learner": learner.name,
        "settings": settings_of(learner),
        "search": [asdict(one) for one in tried],
        "class weights": "one over the root of the rows of the class",
        "trained on": "the first 75 % of each label by time",
    }
    artefact = _artefact(classifier, outcome, dataset, order, parameters)
    fast = flows_a_second(artefact, later.rows)
    if (timed := gate.with_speed(outcome, fast)) is not outcome:
        outcome = timed
        artefact = _artefact(classifier, outcome, dataset, order, parameters)
    if outcome.passed and benign:
        told = [false_findings.on(artefact, network) for network in benign]
        outcome = gate.with_benign(outcome, false_findings.most(told))
        parameters["benign networks"] = [asdict(one) for one in told]
        artefact = _artefact(classifier, outcome, dataset, order, parameters)
    if steps:
        steps.done(f"gate: {fast:,.0f} flows in a second of one processor")
    return artefact


def _artefact(
    classifier: Classifier,
    outcome: gate.Outcome,
    dataset: Dataset,
    order: Order,
    parameters: Mapping[str, Any],
) -> Artefact:
    model = written(classifier.fitted, len(classifier.classes))
    unlike = exported(classifier.unlike.forest)
    inputs = classifier.numbers.inputs
    manifest = Manifest(
        name=order.name,
        version=order.version,
        task="attack_family",
        tier=order.tier,
        inputs=inputs,
        spec_hash=vector.spec_hash(inputs),
        classes=classifier.classes,
        calibration={name: _knots(line) for name, line in classifier.lines.items()},
        alert=outcome.alert,
        reject=Reject(
            # Serving rounds probabilities to four digits; a limit between two of them is the lower.
            least_probability=float(np.floor(classifier.least_probability * 1e4) / 1e4),
            most_unlike=_digits(classifier.unlike.most),
            unlike_scale=unlike.scale,
            unlike_fill=UNKNOWN_VALUE,
        ),
        expected=_expected(classifier, dataset),
        lineage=(Lineage(dataset=dataset.name, digest=dataset.digest, rows=dataset.rows.height),),
        parameters=dict(parameters),
        metrics={name: one.metrics for name, one in outcome.classes.items()},
        gate=Gate(passed=outcome.passed, reasons=outcome.reasons),
        seed=order.seed,
        card=_card(classifier, outcome, dataset, order, parameters),
        **model.manifest,
    )
    return Artefact.of(
        manifest,
        {**model.payload, UNLIKE: content_of(unlike.nodes), EXAMPLES: _examples(dataset, inputs)},
    )


def _examples(dataset: Dataset, inputs: tuple[str, ...]) -> bytes:
    """So many rows of each label, from its first to its last, to compare with."""
    rows = in_turn(dataset, "label").rows.filter(pl.col("family").is_not_null())
    every = (pl.len().over("label") / EXAMPLES_A_LABEL).ceil().cast(pl.Int64)
    rows = rows.filter(pl.int_range(pl.len()).over("label") % every == 0)
    words = pl.when(pl.col("label").str.contains("[A-Za-z]")).then("label").otherwise("family")
    of = pl.col("dataset") if "dataset" in rows.columns else pl.lit(dataset.name).alias("dataset")
    numbers = vector.chosen_vectors(rows, inputs)
    return examples.content_of(rows.select(words.alias("label"), of).hstack(numbers))


def _knots(line: Line) -> Knots:
    return Knots(x=tuple(map(_digits, line.x)), y=tuple(map(_digits, line.y)))


def _digits(value: float) -> float:
    """Six significant digits: a manifest is text."""
    return float(f"{value:.6g}")


def _expected(classifier: Classifier, dataset: Dataset) -> dict[str, Expected]:
    """The middle nine tenths of benign rows, and how often each input is unknown."""
    rows = dataset.rows.filter(pl.col("family") == ORDINARY)
    told = vector.chosen_vectors(rows if rows.height else dataset.rows, classifier.numbers.names)
    whole = vector.chosen_vectors(dataset.rows, classifier.numbers.names)
    nulls = {s.name: s.null_count() / max(1, whole.height) for s in whole}
    # A number that some flows do not have by their nature, as a rate of a single packet, is not
    # missed where it is not.
    always = [name for name, share in nulls.items() if share <= HARDLY_EVER]
    return {
        name: Expected(
            low=_digits(told[name].quantile(0.05) or 0.0),
            high=_digits(told[name].quantile(0.95) or 0.0),
            null_share=_digits(share),
            weight=_digits(1 / len(always)) if name in always else 0.0,
        )
        for name, share in nulls.items()
    }


def _card(
    classifier: Classifier,
    outcome: gate.Outcome,
    dataset: Dataset,
    order: Order,
    parameters: Mapping[str, Any],
) -> str:
    speaking = [name for name, least in outcome.alert.items() if least is not None]
    lines = [
        f"# {order.name} {order.version}\n",
        f"Names the family of attacks that a flow belongs to, by {len(classifier.numbers.inputs)} "
        f"numbers of the {order.tier} tier. It reads no port, no address and no payload.\n",
        f"Trained on the first 75 % of each label by time of {dataset.name} "
        f"({sum(classifier.rows.values()):,} rows), judged on the rest.\n",
        "Rows by class: " + ", ".join(f"{n} {r:,}" for n, r in classifier.rows.items()) + ".\n",
        "Too rare to be learned: "
        + (", ".join(f"{n} {r:,}" for n, r in classifier.left_out.items()) or "none") + ".\n",
        "Faults of the data:\n", *(f"- {fault}" for fault in dataset.faults),
        f"\nMay alert: {', '.join(speaking) if speaking else 'nothing; it runs in the shadow'}. "
        f"Calibration error {outcome.calibration_error:.4f}.\n",
        "What the gate decided:\n",
        *(
            f"- {name}: {f'alerts from {outcome.alert[name]}' if name in speaking else 'silent'}: "
            f"{reason}"
            for name, reason in outcome.reasons.items()
        ),
        "\nOrdinary traffic of networks that it was not trained on:\n",
        *(
            f"- {one['network']}: {one['flows']:,} flows, {one['host_days']:,} host days: "
            f"{_counts(one['findings'], 'findings')}, {_counts(one['alerting'], 'alerting flows')}"
            for one in parameters.get("benign networks", ())
        ),
        "\nLimits: it knows the tools and networks of its data. A flow unlike all of them is "
        "called unknown or, at worst, the nearest class.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _counts(of: Mapping[str, int], what: str) -> str:
    told = ", ".join(f"{count:,} {name}" for name, count in of.items())
    return f"{what}: {told}" if told else f"no {what}"
