"""What the inputs of a model mean, by tier: their hash, their columns, their values.

`flow` and `packet` are numbers of flows (`features.vector`). `host` and `pair` are columns of
window tables, whose meaning is their name and the version here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import polars as pl

from lynceus.features import vector
from lynceus.models.manifest import Tier

WINDOW_VERSION = 1
"""Of the window numbers; a change of one that keeps its name raises it."""


class SpecificationError(ValueError):
    """Inputs that this version has no definition of; the text names the first."""


def hash_of(tier: Tier, inputs: Sequence[str]) -> str:
    """The hash that a model on these inputs is bound to. Raises SpecificationError."""
    if tier in ("host", "pair"):
        text = json.dumps([WINDOW_VERSION, tier, list(inputs)], separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
    known = set(vector.names("packet" if tier == "packet" else "flow"))
    for name in inputs:
        if name not in known:
            raise SpecificationError(f"{name!r} is no number of the {tier} tier")
    return vector.spec_hash(inputs)


def needed(tier: Tier, inputs: Sequence[str]) -> tuple[str, ...]:
    """The columns that the inputs are made of."""
    return tuple(inputs) if tier in ("host", "pair") else vector.needed(inputs)


def numbers(tier: Tier, inputs: Sequence[str], rows: pl.DataFrame) -> pl.DataFrame:
    """The inputs of each row, Float32, null where unknown."""
    if tier in ("host", "pair"):
        return rows.select(
            pl.col(name).cast(pl.Float32) if name in rows.columns
            else pl.lit(None, pl.Float32).alias(name)
            for name in inputs
        )  # fmt: skip
    return vector.chosen_vectors(rows, inputs)


def unit(tier: Tier, name: str) -> str:
    """The unit of an input; of window numbers it is the end of the name."""
    return "" if tier in ("host", "pair") else vector.number(name).unit
