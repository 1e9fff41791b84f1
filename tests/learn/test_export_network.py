"""The graph of a network: the scale of its inputs, unknown ones and those far out."""

from __future__ import annotations

import numpy as np
import pytest

from lynceus.learn.export_network import network
from lynceus.learn.learners import NeuralNetwork, weights_of

pytest.importorskip("sklearn")
onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("gaps", [False, True])
def test_it_gives_what_scikit_learn_gives(classes: int, gaps: bool) -> None:
    chance = np.random.default_rng(1)
    rows = chance.lognormal(0, 3, (300, 5)).astype(np.float32) - 1
    truth = np.arange(300) % classes
    rows[:, 0] += truth * 5
    if gaps:
        rows[chance.random(rows.shape) < 0.2] = np.nan
    learner = NeuralNetwork(settings={"hidden": 8, "max_iter": 3, "alpha": 1e-4})
    fitted = learner.fit(rows, truth, weights_of(truth), 0)
    rows[0] = 1e9
    session = onnxruntime.InferenceSession(network(fitted), providers=["CPUExecutionProvider"])
    (told,) = session.run(None, {"numbers": rows.astype(np.float64)})
    assert told == pytest.approx(fitted.probabilities(rows), abs=1e-9)
