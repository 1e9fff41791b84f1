"""`sequence`: networks over the first packets. Training needs PyTorch, which is large: it is tried
by the long tests where it is installed."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from lynceus.features import vector
from lynceus.learn import sequence
from lynceus.learn.extras import ExtraMissingError
from lynceus.learn.learners import Matrix

SHORT = {"hidden": 8, "epochs": 6, "rate": 1e-2, "dropout": 0.1}
LEARNERS = [sequence.Recurrent(settings=SHORT), sequence.Convolution(settings=SHORT)]


def test_inputs_are_numbers_of_the_packet_tier() -> None:
    assert set(sequence.INPUTS) <= set(vector.names("packet"))
    assert len(sequence.INPUTS) == 2 * vector.FIRST_PACKETS


def test_without_pytorch_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    rows, classes = flows(4)
    with pytest.raises(ExtraMissingError, match=r"install lynceus\[deep\]"):
        LEARNERS[0].fit(rows, classes, np.ones(4), 0)


def flows(count: int) -> tuple[Matrix, np.ndarray]:
    """Flows of 4 to 32 packets; in those of class 1 the responder sends most of it."""
    chance = np.random.default_rng(3)
    classes = np.arange(count) % 2
    rows = np.full((count, len(sequence.INPUTS)), np.nan, np.float32)
    for row, kind in enumerate(classes):
        packets = int(chance.integers(4, 33))
        sizes = chance.integers(60, 1400, packets) * np.where(chance.random(packets) < 0.7, 1, -1)
        rows[row, :packets] = -sizes if kind else sizes
        rows[row, 32 : 32 + packets - 1] = chance.exponential(0.1, packets - 1)
        rows[row, -1] = 1
    return rows, classes


@pytest.mark.long
@pytest.mark.parametrize("learner", LEARNERS, ids=lambda learner: learner.name)
def test_it_learns_the_same_twice_and_serves_the_same(learner: sequence.Recurrent) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: lynceus[deep]")
    pytest.importorskip("onnxscript", reason="onnxscript is not installed: lynceus[deep]")
    runtime = pytest.importorskip("onnxruntime")
    rows, classes = flows(240)
    fitted, again = (learner.fit(rows[:160], classes[:160], np.ones(160), 1) for _ in range(2))
    told = fitted.probabilities(rows)
    np.testing.assert_array_equal(told, again.probabilities(rows))
    assert (told[160:].argmax(1) == classes[160:]).mean() > 0.8
    session = runtime.InferenceSession(fitted.onnx())
    (logits,) = session.run(None, {"numbers": rows})
    shares = np.exp(logits - logits.max(1, keepdims=True))
    np.testing.assert_allclose(shares / shares.sum(1, keepdims=True), told, atol=1e-5)
