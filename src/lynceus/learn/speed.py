"""How fast a model scores, as the gate asks it."""

from __future__ import annotations

import time

import numpy as np
import polars as pl

from lynceus.learn.extras import extra
from lynceus.models import Artefact, Served, specification

SCORED = 20_000
"""Rows that are scored at once: as many as serving hands over in one piece, or fewer."""
TURNS = 3
"""The fastest counts: whatever else the machine does makes the others slower."""


def flows_a_second(artefact: Artefact, rows: pl.DataFrame) -> float:
    """Flows like `rows` that a model judges in a second of one processor.

    Processor time, so that a busy machine silences no model. Rows are repeated where there are
    few, and equal ones are scored all the same, unlike in serving. Raises ExtraMissingError where
    ONNX Runtime is needed and is not there.
    """
    told = artefact.manifest
    if told.kind in ("net", "stack"):
        extra("onnxruntime", "onnx")
    served = Served(artefact)
    numbers = specification.numbers(told.tier, told.inputs, rows)
    numbers = numbers[np.resize(np.arange(numbers.height), SCORED)]
    took = []
    for _ in range(TURNS):
        begin = time.process_time()
        served.probabilities(numbers)
        served.unlikeness(numbers)
        took.append(time.process_time() - begin)
    return SCORED / max(min(took), 1e-6)
