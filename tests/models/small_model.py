"""A small model of real weights: a flow without an answer is a flood, one with data is benign."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np

from lynceus.models.artefact import Artefact
from lynceus.models.manifest import Expected, Gate, Manifest
from lynceus.models.specification import hash_of

INPUTS = ("duration_s", "orig_packets", "resp_packets")


def npz(**arrays: Any) -> bytes:
    content = BytesIO()
    np.savez(content, **{name: np.array(value, np.float64) for name, value in arrays.items()})
    return content.getvalue()


def weights() -> bytes:
    """Score of `dos`: 4 without a packet in answer, falling by 2 with each."""
    return npz(weights=[[0, 0, 0], [0, 0.5, -2]], bias=[0, 3.5], mean=[0, 1, 0], spread=[1, 1, 1])


def manifest(**changes: Any) -> Manifest:
    told: dict[str, Any] = {
        "name": "floods",
        "version": 1,
        "task": "attack_family",
        "kind": "linear",
        "tier": "flow",
        "inputs": INPUTS,
        "spec_hash": hash_of("flow", INPUTS),
        "classes": ("benign", "dos"),
        "link": "softmax",
        "alert": {"dos": 0.9},
        "gate": Gate(passed=True),
        "expected": {
            "duration_s": Expected(low=0, high=60, weight=0.1),
            "orig_packets": Expected(low=1, high=40, weight=0.2),
            "resp_packets": Expected(low=1, high=60, weight=0.7),
        },
    }
    return Manifest.model_validate(told | changes)


def artefact(**changes: Any) -> Artefact:
    return Artefact.of(manifest(**changes), {"weights.npz": weights()})
