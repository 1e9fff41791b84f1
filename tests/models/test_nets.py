"""ONNX graphs: run, shaped, explained by occlusion; those that do not fit are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from lynceus.models.nets import Net
from lynceus.models.payload import PayloadError

onnx = pytest.importorskip("onnx", reason="the package onnx is not installed")
pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")

WEIGHTS = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 3.0], [0.0, 0.0]], np.float32)


def graph(shape: tuple[Any, ...] = ("rows", 4), outputs: int = 2) -> bytes:
    """Rows (flattened where they have a shape) times `WEIGHTS`."""
    made, info = onnx.helper, onnx.TensorProto.FLOAT
    weights = onnx.numpy_helper.from_array(WEIGHTS[:, :outputs], "weights")
    flat = onnx.numpy_helper.from_array(np.array([-1, 4], np.int64), "flat")
    told = made.make_graph(
        [made.make_node("Reshape", ["numbers", "flat"], ["rows"]),
         made.make_node("MatMul", ["rows", "weights"], ["scores"])],
        "small",
        [made.make_tensor_value_info("numbers", info, shape)],
        [made.make_tensor_value_info("scores", info, ["rows", outputs])],
        [weights, flat],
    )  # fmt: skip
    model = made.make_model(told, opset_imports=[made.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


def rows(*values: list[float | None]) -> pl.DataFrame:
    names = ["a", "b", "c", "d"]
    return pl.DataFrame(values, schema=dict.fromkeys(names, pl.Float32), orient="row")


def test_scores_are_the_graphs() -> None:
    net = Net(graph(), np.zeros(4), None, outputs=2)
    assert net.scores(rows([1, 2, 3, 4], [0, 0, 1, 0])).tolist() == [[5, 9], [0, 3]]
    assert net.scores(rows()).shape == (0, 2)
    unknown = net.scores(rows([None, 0, 0, 0]))
    assert np.isnan(unknown[0, 0])


def test_rows_may_have_a_shape() -> None:
    net = Net(graph(("rows", 2, 2)), np.zeros(4), (2, 2), outputs=2)
    assert net.scores(rows([1, 2, 3, 4])).tolist() == [[5, 9]]


def test_an_input_adds_what_the_score_loses_without_it() -> None:
    net = Net(graph(), np.array([0.0, 1.0, 0.0, 0.0]), None, outputs=2)
    told = net.contributions(rows([1, 2, 3, 4]), 0)
    assert told.tolist() == [[1.0, 2.0 * (2 - 1), 0.0, 0.0]]


@pytest.mark.parametrize(
    ("content", "shape", "outputs", "reason"),
    [
        (b"", None, 2, "net.onnx"),
        (b"no graph at all", None, 2, "net.onnx"),
        (graph()[:-40], None, 2, "net.onnx"),
        (graph((7, 4)), None, 2, "any number of rows"),
        (graph(), (2, 2), 2, "any number of rows"),
        (graph(), None, 5, "no output gives 5 numbers a row"),
    ],
    ids=["empty", "nonsense", "truncated", "fixed rows", "other shape", "other outputs"],
)
def test_a_graph_that_does_not_fit_is_refused(
    content: bytes, shape: tuple[int, ...] | None, outputs: int, reason: str
) -> None:
    with pytest.raises(PayloadError, match=reason) as refused:
        Net(content, np.zeros(4), shape, outputs)
    assert "\n" not in str(refused.value)


def test_without_the_runtime_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(PayloadError, match=r"install lynceus\[onnx\]"):
        Net(graph(), np.zeros(4), None, outputs=2)
