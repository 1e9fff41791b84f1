"""What was fitted, as the payload of an artefact and the fields of its manifest that follow.

Serving gives what training gave: trees are scored from their structure, a network is an ONNX
graph with its scale inside, a stack is both under the weights of its judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np

from lynceus.learn.export_network import network
from lynceus.learn.export_trees import exported
from lynceus.learn.learners import Estimated, Fitted
from lynceus.learn.stack import Judge, Stacked
from lynceus.models.manifest import Member
from lynceus.models.served import MAIN
from lynceus.models.trees import content_of


@dataclass(frozen=True)
class Written:
    """A payload and what a manifest says of it."""

    payload: Mapping[str, bytes]
    manifest: Mapping[str, Any]


def written(fitted: Fitted, classes: int) -> Written:
    """The payload of what was fitted on so many classes. Raises `ExportError` on trees that are
    not served, TypeError on what is no learner of ours."""
    if isinstance(fitted, Stacked):
        return _stack(fitted, classes)
    if not isinstance(fitted, Estimated):
        raise TypeError(f"{type(fitted).__name__}: cannot be written as a model that is served")
    if fitted.scale is not None:
        return Written({MAIN["net"]: network(fitted)}, {"kind": "net", "link": "identity"})
    trees = exported(fitted.trees)
    return Written(trees.payload, trees.manifest)


def _stack(stacked: Stacked, classes: int) -> Written:
    payload, members = {}, []
    for name, part in stacked.parts.items():
        if not isinstance(part, Estimated):
            raise TypeError(f"{name}: cannot be a member of a stack that is served")
        if part.scale is not None:
            file = f"{name}.onnx"
            payload[file] = network(part)
            members.append(Member(kind="net", file=file, outputs=classes))
            continue
        trees, file = exported(part.trees), f"{name}.parquet"
        payload[file] = content_of(trees.nodes)
        members.append(
            Member(kind="trees", file=file, outputs=classes, link=trees.link, scale=trees.scale)
        )
    payload[MAIN["linear"]] = _weights(stacked.judge)
    link = "logistic" if classes == 2 else "softmax"
    return Written(payload, {"kind": "stack", "link": link, "members": tuple(members)})


def _weights(judge: Judge) -> bytes:
    """The judge as `weights.npz`: its inputs are logarithms as they are, so nothing is scaled."""
    weights = np.asarray(judge.model.coef_, np.float64)
    told = BytesIO()
    np.savez(
        told,
        weights=weights,
        bias=np.asarray(judge.model.intercept_, np.float64),
        mean=np.zeros(weights.shape[1]),
        spread=np.ones(weights.shape[1]),
    )
    return told.getvalue()
