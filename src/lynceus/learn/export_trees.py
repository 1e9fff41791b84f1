"""Trees as their trainers have them, as the nodes that serving reads (`models.trees`).

exported(estimator)    scikit-learn trees, forests and isolation forests; LightGBM
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from lynceus.models.manifest import Kind, Link
from lynceus.models.trees import NODES, content_of


class ExportError(ValueError):
    """A trained model that cannot be written down as trees; the text says why."""


@dataclass(frozen=True)
class Exported:
    """Trees with all that a manifest says of them."""

    kind: Kind
    link: Link
    scale: float
    nodes: pl.DataFrame

    @property
    def payload(self) -> dict[str, bytes]:
        """The file of the artefact."""
        return {"trees.parquet": content_of(self.nodes)}

    @property
    def manifest(self) -> dict[str, Any]:
        """The fields of the manifest that follow from the trees."""
        return {"kind": self.kind, "link": self.link, "scale": self.scale}


def exported(model: Any) -> Exported:
    """A trained model as trees.

    Takes scikit-learn's decision trees, forests and isolation forests, and LightGBM's boosters and
    classifiers. Raises ExportError on any other and on what serving does not know: categorical
    splits, zero as missing, averaged boosting.
    """
    kind = type(model).__name__
    if kind == "Booster":
        return _of_lightgbm(model.dump_model())
    if kind.startswith("LGBM"):
        return _of_lightgbm(model.booster_.dump_model())
    if kind in ("DecisionTreeClassifier", "ExtraTreeClassifier"):
        return _of_forest([model])
    if kind in ("RandomForestClassifier", "ExtraTreesClassifier"):
        return _of_forest(model.estimators_)
    if kind == "IsolationForest":
        return _of_isolation(model)
    raise ExportError(f"{kind}: is none of the kinds of trees that are served")


def _of_forest(estimators: Sequence[Any]) -> Exported:
    """Classifiers whose leaves hold the share of each class."""
    frames = []
    for number, estimator in enumerate(estimators):
        tree = estimator.tree_
        if tree.n_outputs != 1:
            raise ExportError(f"trees of {tree.n_outputs} outputs: expected one")
        shares = tree.value[:, 0, :]
        shares = shares / shares.sum(1, keepdims=True)
        frames.append(_nodes(number, tree, np.arange(tree.n_features), shares))
    return Exported("trees", "mean", float(len(frames)), pl.concat(frames))


def _of_isolation(model: Any) -> Exported:
    """Leaves hold the length of the path to them, and what would be left of it."""
    frames = []
    for number, estimator in enumerate(model.estimators_):
        tree = estimator.tree_
        length = _depths(tree) + _mean_path(tree.n_node_samples)
        inputs = model.estimators_features_[number]
        frames.append(_nodes(number, tree, inputs, length[:, None]))
    scale = len(frames) * float(_mean_path(np.array([model.max_samples_]))[0])
    return Exported("isolation_trees", "isolation", scale, pl.concat(frames))


def _nodes(number: int, tree: Any, inputs: Any, leaves: Any) -> pl.DataFrame:
    """The nodes of one tree of scikit-learn, which stand with children behind their parents."""
    leaf = tree.children_left < 0
    ends = pl.Series(leaf)
    told = pl.DataFrame(
        {
            "tree": np.full(tree.node_count, number, np.uint32),
            "input": inputs[np.where(leaf, 0, tree.feature)].astype(np.uint32),
            "threshold": tree.threshold.astype(np.float64),
            "left": np.where(leaf, 0, tree.children_left).astype(np.uint32),
            "right": np.where(leaf, 0, tree.children_right).astype(np.uint32),
            "missing_left": tree.missing_go_to_left.astype(bool),
            "cover": tree.weighted_n_node_samples.astype(np.float64),
            "output": np.zeros(tree.node_count, np.uint32),
            "values": leaves.astype(np.float64),
        }
    ).with_columns(pl.col("values").cast(pl.List(pl.Float64)))
    of_splits = ("input", "threshold", "left", "right", "missing_left")
    return told.with_columns(
        *(pl.when(~ends).then(pl.col(name)).alias(name) for name in of_splits),
        values=pl.when(ends).then("values"),
    ).select(*NODES)


def _depths(tree: Any) -> Any:
    """Edges from the root to each node."""
    depths = np.zeros(tree.node_count)
    for node in range(tree.node_count):
        for child in (tree.children_left[node], tree.children_right[node]):
            if child >= 0:
                depths[child] = depths[node] + 1
    return depths


def _mean_path(samples: Any) -> Any:
    """Mean length of an unsuccessful search among so many samples (Liu, Ting, Zhou 2008)."""
    count = np.asarray(samples, np.float64)
    many = np.maximum(count, 3)
    length = 2 * (np.log(many - 1) + np.euler_gamma) - 2 * (many - 1) / many
    return np.where(count > 2, length, np.where(count == 2, 1.0, 0.0))


def _of_lightgbm(model: Mapping[str, Any]) -> Exported:
    """Boosted trees: a leaf adds to the score of the class its tree was grown for."""
    if model.get("average_output"):
        raise ExportError("LightGBM: averaged trees (boosting=rf) are not served")
    outputs = int(model["num_tree_per_iteration"])
    objective = str(model.get("objective", "")).split()
    sigmoid = {part.partition(":")[2] for part in objective if part.startswith("sigmoid:")}
    if sigmoid - {"1"}:
        raise ExportError("LightGBM: a sigmoid other than 1 is not served")
    links: dict[str, Link] = {"binary": "logistic", "multiclass": "softmax"}
    if not objective or objective[0] not in links:
        raise ExportError(f"LightGBM: objective {' '.join(objective) or '(none)'} is not served")
    rows: list[dict[str, Any]] = []
    for number, tree in enumerate(model["tree_info"]):
        _flatten(tree["tree_structure"], number, number % outputs, rows)
    return Exported("trees", links[objective[0]], 1.0, pl.DataFrame(rows, schema=NODES))


def _flatten(root: Mapping[str, Any], number: int, output: int, rows: list[dict[str, Any]]) -> None:
    """Appends the nodes of a tree, each behind its parent."""
    begin = len(rows)
    waiting: list[tuple[Mapping[str, Any], dict[str, Any] | None, str]] = [(root, None, "")]
    for node, parent, side in waiting:
        row: dict[str, Any] = {"tree": number, "output": output}
        if parent is not None:
            parent[side] = len(rows) - begin
        rows.append(row)
        if "split_index" not in node:
            # A tree that found nothing to split has no counts.
            row |= {"values": [node["leaf_value"]], "cover": max(node.get("leaf_count", 1), 1)}
            continue
        if node["decision_type"] != "<=":
            raise ExportError("LightGBM: categorical splits are not served")
        if node["missing_type"] == "Zero":
            raise ExportError("LightGBM: zero_as_missing is not served")
        known = node["missing_type"] == "NaN"
        row |= {
            "input": node["split_feature"],
            "threshold": node["threshold"],
            # Without unknown values in training LightGBM takes them for zero.
            "missing_left": node["default_left"] if known else node["threshold"] >= 0,
            "cover": max(node["internal_count"], 1),
        }
        waiting += [(node["left_child"], row, "left"), (node["right_child"], row, "right")]
