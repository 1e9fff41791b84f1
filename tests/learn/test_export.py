"""What serves is what was trained: probabilities and names, `unknown` among them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest

from learn.made_rows import labelled
from lynceus.learn.classify import learned
from lynceus.learn.export import written
from lynceus.learn.learners import Boosting, DecisionTree, Learner, NeuralNetwork
from lynceus.learn.numbers import Numbers
from lynceus.learn.stack import Stack
from lynceus.models import Artefact, Served
from lynceus.models.specification import hash_of
from models.small_model import manifest

pytest.importorskip("sklearn")
pytest.importorskip("lightgbm")
pytest.importorskip("onnxruntime")

SMALL = Boosting(settings={**Boosting().settings, "n_estimators": 20})
QUICK = NeuralNetwork(settings={**NeuralNetwork().settings, "hidden": 16, "max_iter": 5})
LEARNERS: Mapping[str, Learner] = {
    "decision_tree": DecisionTree(),
    "neural_network": QUICK,
    "stack": Stack(parts=(DecisionTree(), SMALL, QUICK)),
}
SHARES = {"two": {"benign": 0.6, "dos": 0.4}, "three": {"benign": 0.5, "dos": 0.3, "scan": 0.2}}


@pytest.mark.parametrize("name", LEARNERS)
@pytest.mark.parametrize("classes", SHARES)
def test_shares_are_those_of_training(name: str, classes: str) -> None:
    made, unseen = labelled(400, shares=SHARES[classes]), labelled(200, 1, SHARES[classes])
    numbers = Numbers.of(made, "flow")
    classifier = learned(made, LEARNERS[name], numbers=numbers)
    told = written(classifier.fitted, len(classifier.classes))
    artefact = Artefact.of(
        manifest(
            inputs=numbers.inputs, spec_hash=hash_of("flow", numbers.inputs), expected={},
            classes=classifier.classes, alert={}, **told.manifest,
        ),
        told.payload,
    )  # fmt: skip
    rows = unseen.with_rows(gaps(unseen.rows))
    matrix = numbers.matrix(rows)
    served = Served(artefact).probabilities(
        pl.DataFrame(matrix, schema=dict.fromkeys(numbers.inputs, pl.Float32), nan_to_null=True)
    )
    assert served == pytest.approx(classifier.fitted.probabilities(matrix), abs=6e-5)
    assert len(np.unique(served.argmax(1))) > 1


def gaps(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows, in every fifth of which nothing is known of bytes."""
    fifth = pl.int_range(pl.len()) % 5 == 0
    return rows.with_columns(
        pl.when(~fifth).then(name).alias(name) for name in ("orig_ip_bytes", "resp_ip_bytes")
    )


def test_what_is_no_learner_of_ours_is_told() -> None:
    class Odd:
        def probabilities(self, numbers: object) -> object:
            return numbers

    with pytest.raises(TypeError, match="Odd: cannot be written"):
        written(Odd(), 2)  # type: ignore[arg-type]
