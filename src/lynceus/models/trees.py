"""Trained trees, scored by the Rust core from their structure.

`trees.parquet` holds one row a node, tree by tree, children behind their parent: rows whose input
is at most `threshold` go left. A leaf has no input; its `values` are added to the outputs from
`output` on. `cover` is how much of the training data came by.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import polars as pl
from numpy.typing import NDArray

from lynceus import _core
from lynceus.models.payload import PayloadError

NODES = pl.Schema(
    {
        "tree": pl.UInt32(),
        "input": pl.UInt32(),
        "threshold": pl.Float64(),
        "left": pl.UInt32(),
        "right": pl.UInt32(),
        "missing_left": pl.Boolean(),
        "cover": pl.Float64(),
        "output": pl.UInt32(),
        "values": pl.List(pl.Float64()),
    }
)
"""Columns of the nodes; `left` and `right` are places within the tree."""

_OF_ALL, _OF_SPLITS = ("tree", "cover", "output"), ("threshold", "left", "right", "missing_left")


class Trees:
    """A tree, a forest or boosted trees. An unknown value goes where training sent such ones."""

    def __init__(self, content: bytes, inputs: int, outputs: int, name: str) -> None:
        self._outputs, self._inputs = outputs, inputs
        nodes = _nodes(content, name)
        try:
            self._forest = _core.Forest(nodes, inputs, outputs)
        except (TypeError, ValueError) as error:
            raise PayloadError(f"{name}: {error}") from None

    def scores(self, numbers: pl.DataFrame) -> NDArray[Any]:
        """Sums of the leaves, rows x outputs."""
        return _column(self._forest.scores(numbers)).reshape(-1, self._outputs)

    def contributions(self, numbers: pl.DataFrame, output: int) -> NDArray[Any]:
        """What each input adds to the sum of one output (TreeSHAP), rows x inputs."""
        return _column(self._forest.contributions(numbers, output)).reshape(-1, self._inputs)

    def expected(self, output: int) -> float:
        """The mean sum of one output over the training data."""
        return self._forest.expected(output)


def content_of(nodes: pl.DataFrame) -> bytes:
    """Nodes as the bytes of a `trees.parquet`."""
    told = BytesIO()
    nodes.select(*NODES).cast(NODES).write_parquet(told, compression="zstd")
    return told.getvalue()


def _nodes(content: bytes, name: str) -> pl.DataFrame:
    try:
        nodes = pl.read_parquet(BytesIO(content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        raise PayloadError(f"{name}: is no Parquet file, or a damaged one") from None
    if nodes.schema != NODES:
        raise PayloadError(f"{name}: expected the columns {', '.join(NODES)}")
    if nodes.is_empty():
        raise PayloadError(f"{name}: holds no trees")
    splits = nodes.filter(pl.col("input").is_not_null())
    for frame, columns in ((nodes, _OF_ALL), (splits, _OF_SPLITS)):
        if empty := [column for column in columns if frame[column].null_count()]:
            raise PayloadError(f"{name}: {empty[0]}: a value is missing")
    return nodes


def _column(frame: _core.ArrowFrame) -> NDArray[Any]:
    return pl.DataFrame(frame).to_series().to_numpy()
