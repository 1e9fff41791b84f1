"""A neural network of scikit-learn with the scale of its inputs, as one ONNX graph.

The graph takes our numbers as they are, NaN where unknown, and gives the shares of the classes; so
what serving computes is what was trained, in Float64 as in training.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lynceus.learn.extras import extra
from lynceus.learn.learners import FURTHEST, THOUSANDTHS, Estimated, Scale

OPSET = 17
ROWS = "rows"


def network(fitted: Estimated) -> bytes:
    """The graph of a fitted `NeuralNetwork`. Needs the extra `train` (onnx)."""
    onnx = extra("onnx")
    if fitted.scale is None:
        raise ValueError("a network has a scale of its inputs")
    graph = _Graph(onnx.helper, onnx.numpy_helper)
    layers, estimator = list(zip(*_weights(fitted.estimator), strict=True)), fitted.estimator
    told = graph.scaled("numbers", fitted.scale)
    for number, (weights, bias) in enumerate(layers):
        told = graph.add("Gemm", told, graph.constant(weights), graph.constant(bias))
        if number < len(layers) - 1:
            told = graph.add("Relu", told)
    if estimator.out_activation_ == "logistic":
        told = graph.add("Sigmoid", told)
        other = graph.add("Sub", graph.constant(np.array([1.0])), told)
        told = graph.add("Concat", other, told, axis=1)
    else:
        told = graph.add("Softmax", told, axis=1)
    return graph.written(told, len(fitted.scale.mean), len(estimator.classes_), onnx)


def _weights(estimator: Any) -> tuple[list[Any], list[Any]]:
    return (
        [np.asarray(w, np.float64) for w in estimator.coefs_],
        [np.asarray(b, np.float64) for b in estimator.intercepts_],
    )


class _Graph:
    """A graph that grows node by node; each has one output."""

    def __init__(self, helper: Any, numpy_helper: Any) -> None:
        self._helper, self._numpy = helper, numpy_helper
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, value: Any) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(self._numpy.from_array(np.asarray(value), name))
        return name

    def add(self, kind: str, *inputs: str, **settings: Any) -> str:
        name = f"value_{len(self._nodes)}"
        self._nodes.append(self._helper.make_node(kind, list(inputs), [name], **settings))
        return name

    def scaled(self, numbers: str, scale: Scale) -> str:
        """As `learners.Scale.scaled`."""
        size = self.add("Mul", self.add("Abs", numbers), self.constant(THOUSANDTHS))
        logs = self.add("Log", self.add("Add", size, self.constant(1.0)))
        logs = self.add("Mul", self.add("Sign", numbers), logs)
        told = self.add("Sub", logs, self.constant(scale.mean))
        told = self.add("Div", told, self.constant(scale.spread))
        unknown = self.add("IsNaN", numbers)
        told = self.add("Where", unknown, self.constant(0.0), told)
        told = self.add("Clip", told, self.constant(-FURTHEST), self.constant(FURTHEST))
        if not scale.gaps.any():
            return told
        double = int(self._helper.np_dtype_to_tensor_dtype(np.dtype(np.float64)))
        gaps = self.add("Cast", unknown, to=double)
        gaps = self.add("Gather", gaps, self.constant(np.nonzero(scale.gaps)[0]), axis=1)
        return self.add("Concat", told, gaps, axis=1)

    def written(self, output: str, inputs: int, classes: int, onnx: Any) -> bytes:
        helper, double = self._helper, onnx.TensorProto.DOUBLE
        graph = helper.make_graph(
            self._nodes,
            "network",
            [helper.make_tensor_value_info("numbers", double, [ROWS, inputs])],
            [helper.make_tensor_value_info(output, double, [ROWS, classes])],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        told: bytes = model.SerializeToString()
        return told
