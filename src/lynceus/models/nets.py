"""Neural networks, and whatever else was exported to ONNX, run by ONNX Runtime (extra `onnx`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.models.occlusion import occluded
from lynceus.models.payload import PayloadError

FLOATS = ("tensor(float)", "tensor(double)")
BATCH = 8_192
"""Rows a run: more only takes more memory."""
PROBE = 3
"""Rows of the run that shows, before it serves, that a graph takes and gives what it should."""


class Net:
    """An ONNX graph of one input of numbers; an unknown one is NaN. `usual` is what they are in
    ordinary traffic."""

    def __init__(
        self,
        content: bytes,
        usual: NDArray[np.float64],
        shape: tuple[int, ...] | None,
        outputs: int,
    ) -> None:
        try:
            import onnxruntime
        except ImportError:
            raise PayloadError("net.onnx: needs ONNX Runtime; install lynceus[onnx]") from None
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # noqa: BLE001 - the runtime has a dozen kinds of its own
            raise PayloadError(f"net.onnx: {_first_line(error)}") from None
        self._usual = usual.astype(np.float32)
        self._shape = shape or (len(usual),)
        self._outputs = outputs
        self._input, self._type = self._sole_input()
        self._output = self._probabilities()

    def scores(self, numbers: pl.DataFrame) -> NDArray[Any]:
        """What the graph gives, rows x outputs."""
        values = numbers.to_numpy().astype(np.float32)
        runs = [self._run(values[at : at + BATCH]) for at in range(0, len(values), BATCH)]
        return np.concatenate([np.zeros((0, self._outputs)), *runs])

    def contributions(self, numbers: pl.DataFrame, output: int) -> NDArray[Any]:
        """How the score of one output falls when an input is as usual, rows x inputs."""
        return occluded(self.scores, numbers, self._usual, output)

    def _run(self, values: NDArray[Any], output: str | None = None) -> NDArray[Any]:
        shaped: NDArray[Any] = values.reshape(-1, *self._shape).astype(self._type)
        try:
            (told,) = self._session.run([output or self._output], {self._input: shaped})
        except Exception as error:  # noqa: BLE001 - as above
            raise PayloadError(f"net.onnx: {_first_line(error)}") from None
        scores: NDArray[Any] = np.asarray(told, np.float64).reshape(len(values), -1)
        return scores

    def _sole_input(self) -> tuple[str, type]:
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or inputs[0].type not in FLOATS:
            raise PayloadError("net.onnx: expected one input of floating-point numbers")
        given, wanted = inputs[0].shape, self._shape
        same = len(given) == len(wanted) + 1 and all(
            not isinstance(a, int) or a == b for a, b in zip(given[1:], wanted, strict=True)
        )
        if not same or isinstance(given[0], int):
            raise PayloadError(f"net.onnx: takes {given}; expected any number of rows of {wanted}")
        return inputs[0].name, np.float32 if inputs[0].type == FLOATS[0] else np.float64

    def _probabilities(self) -> str:
        """The output that gives as many numbers a row as are wanted; the last of several."""
        rows = np.repeat(np.nan_to_num(self._usual)[None, :], PROBE, axis=0)
        names = [o.name for o in self._session.get_outputs() if o.type in FLOATS]
        for name in reversed(names):
            if self._run(rows, name).shape == (PROBE, self._outputs):
                return str(name)
        raise PayloadError(f"net.onnx: no output gives {self._outputs} numbers a row")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
