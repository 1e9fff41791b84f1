"""Models under one: weights over the logarithms of what each of them says, by hand."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from lynceus.models import Served
from lynceus.models.artefact import Artefact
from lynceus.models.linear import Linear
from lynceus.models.manifest import Member
from lynceus.models.occlusion import occluded
from lynceus.models.stack import Stack
from lynceus.testing import flow, flows
from models.small_model import artefact, manifest, npz, weights

FLOOD = flows([flow(orig_packets=1, resp_packets=0)])
MEMBER = Member(kind="linear", file="member.npz", outputs=2, link="softmax")
TOP = {"weights": [[1, 0], [0, 1]], "bias": [0, 0], "mean": [0, 0], "spread": [1, 1]}


def stacked() -> Artefact:
    told = manifest(kind="stack", members=(MEMBER,))
    return Artefact.of(told, {"member.npz": weights(), "weights.npz": npz(**TOP)})


def test_a_stack_of_one_under_even_weights_says_what_that_one_says() -> None:
    (alone,) = Served(artefact()).judged(FLOOD)["probability"]
    (under,) = Served(stacked()).judged(FLOOD)["probability"]
    assert under == pytest.approx(alone, abs=1e-6)
    assert alone == pytest.approx(1 / (1 + math.exp(-3.5)), abs=1e-4)


def test_contributions_are_what_the_score_loses() -> None:
    numbers = pl.DataFrame(
        {"a": [0.0], "b": [1.0], "c": [0.0]}, schema=dict.fromkeys("abc", pl.Float32)
    )
    member = Linear(weights(), 3, 2)
    stack = Stack([(MEMBER, member)], Linear(npz(**TOP), 2, 2), np.array([0.0, 1.0, 2.0]))
    told = stack.contributions(numbers, 1)
    same = occluded(stack.scores, numbers, np.array([0.0, 1.0, 2.0]), 1)
    assert told.tolist() == same.tolist()
    # With two packets in answer the score is 3.5 - 4 = -0.5 in place of 3.5.
    fall = -math.log1p(math.exp(-3.5)) + math.log1p(math.exp(0.5))
    assert told[0] == pytest.approx([0, 0, fall], abs=1e-6)
