"""Boosted decision trees, scored with numpy alone.

A tree is a list of questions (is this number greater than that one?), each of which rules out the
leaves of its smaller side. The first leaf, from the left, that no question rules out is the one
that the tree comes to. So a tree needs no walk: every question is one comparison of a whole column,
and the leaves that are left are a word of bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAVES = 16
"""Most leaves of a tree: the bits of a word."""
Floats = NDArray[np.float64]

_words = np.arange(1 << LEAVES, dtype=np.uint32)
_FIRST = np.zeros(1 << LEAVES, np.uint8)
"""The lowest bit that is not set in each word: the first leaf that is not ruled out."""
for _leaf in reversed(range(LEAVES)):
    _FIRST[(_words >> _leaf) & 1 == 0] = _leaf


class BoostedTrees:
    """Trees whose leaves are added.

    `model` holds for each question of each tree `tree_column`, `tree_most` (greater numbers answer
    yes) and `tree_ruled_out` (the leaves, as bits, that yes rules out), for each tree `tree_ends`
    (the number of questions up to its last) and `tree_leaves` (a row of the values of its leaves).
    """

    def __init__(self, model: Mapping[str, NDArray[Any]]) -> None:
        self._ends = model["tree_ends"].astype(np.int64).tolist()
        self._columns = model["tree_column"].astype(np.int64).tolist()
        self._most = model["tree_most"].astype(np.float32)
        self._ruled_out = model["tree_ruled_out"].astype(np.uint16)
        self._leaves = model["tree_leaves"].astype(np.float32)

    def logit(self, numbers: NDArray[np.floating[Any]]) -> Floats:
        """The sum of the leaves that each row of numbers comes to."""
        columns = np.ascontiguousarray(numbers.T, np.float32)
        total = np.zeros(columns.shape[1])
        out, yes = (np.zeros(columns.shape[1], np.uint16) for _ in range(2))
        begin = 0
        for leaves, end in zip(self._leaves, self._ends, strict=True):
            out[:] = 0
            for n in range(begin, end):
                np.multiply(columns[self._columns[n]] > self._most[n], self._ruled_out[n], out=yes)
                np.bitwise_or(out, yes, out=out)
            total += leaves[_FIRST[out]]
            begin = end
        return total


def flattened(trees: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """The arrays of `BoostedTrees` from LightGBM's `dump_model()`.

    Raises ValueError where a tree has more leaves than `LEAVES` or asks for more than an order.
    """
    columns: list[int] = []
    most: list[float] = []
    ruled_out: list[int] = []
    ends: list[int] = []
    values = np.zeros((len(trees["tree_info"]), LEAVES), np.float32)
    for number, tree in enumerate(trees["tree_info"]):
        leaves = _add(tree["tree_structure"], 0, columns, most, ruled_out)
        if len(leaves) > LEAVES:
            raise ValueError(f"tree {number} has {len(leaves)} leaves, more than {LEAVES}")
        values[number, : len(leaves)] = leaves
        ends.append(len(columns))
    # The greatest single float that is not above the double: for single numbers the same question.
    exact = np.array(most)
    single = exact.astype(np.float32)
    above = single > exact
    single[above] = np.nextafter(single[above], np.float32(-np.inf))
    return {
        "tree_column": np.array(columns, np.uint16),
        "tree_most": single,
        "tree_ruled_out": np.array(ruled_out, np.uint16),
        "tree_ends": np.array(ends, np.uint32),
        "tree_leaves": values,
    }


def _add(
    node: Mapping[str, Any],
    first: int,
    columns: list[int],
    most: list[float],
    ruled_out: list[int],
) -> list[float]:
    """Adds the questions below a node, whose first leaf has this number; its leaves' values."""
    if "leaf_value" in node:
        return [float(node["leaf_value"])]
    if node["decision_type"] != "<=":
        raise ValueError(f"a tree decides by {node['decision_type']}, not by order")
    left = _add(node["left_child"], first, columns, most, ruled_out)
    columns.append(int(node["split_feature"]))
    most.append(float(node["threshold"]))
    ruled_out.append(((1 << len(left)) - 1) << first)
    return left + _add(node["right_child"], first + len(left), columns, most, ruled_out)
