"""What a model says of itself: the manifest of an artefact, and every rule it has to obey."""

from __future__ import annotations

import itertools
import json
import math
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from lynceus.records import Task

UNKNOWN = "unknown"
"""The class of what is unlike all that the model was taught. No model may name one so itself."""

Kind = Literal["trees", "isolation_trees", "net", "linear", "stack"]
"""What computes the scores: `trees` a decision tree, forest or boosted trees; `isolation_trees` an
isolation forest; `net` an ONNX graph; `linear` weights; `stack` several of these under weights."""

Link = Literal["identity", "logistic", "softmax", "mean", "isolation"]
"""From raw scores to 0..1: as they are; logistic of one score; softmax over the classes; the sum
over `scale` trees as a mean; 2^-(path length / `scale`)."""

Tier = Literal["flow", "packet", "host", "pair"]
"""What the inputs are numbers of: flows by what any source may know, flows by what the meter sees,
hosts in a window, pairs of hosts in a window."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$")]
Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Knots(_Part):
    """A rising line through points: from the score of a class to its calibrated probability."""

    x: tuple[float, ...] = Field(min_length=1)
    y: tuple[Share, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if len(self.x) != len(self.y):
            raise ValueError(f"{len(self.x)} x for {len(self.y)} y")
        for axis in (self.x, self.y):
            if any(b < a for a, b in itertools.pairwise(axis)):
                raise ValueError("knots must not fall")
        return self


class Expected(_Part):
    """What an input is like in ordinary traffic, from the training data."""

    low: float
    """The lowest usual value (5th percentile of benign rows), in the unit of the number."""
    high: float
    """The highest usual value (95th percentile)."""
    fill: float | None = None
    """What stands for an unknown value; null: the model takes it as unknown (NaN)."""
    null_share: Share = 0.0
    """Share of training rows in which the value was unknown."""
    weight: Share = 0.0
    """The input's share of all importance, 0..1: what confidence loses when it is missing."""


class Reject(_Part):
    """When a row is called `unknown` rather than given a class."""

    least_probability: Share | None = None
    """The likeliest class must be at least this probable."""
    most_unlike: Share | None = None
    """Score of the isolation forest in the file `unlike.parquet` from which on a row is unlike
    all training data."""
    unlike_scale: float = Field(default=1.0, gt=0)
    """Divisor of the path lengths of that forest, as `scale` of the link `isolation`."""
    unlike_fill: float | None = None
    """What stands for an unknown value in that forest; null: it goes where training sent such."""


class Member(_Part):
    """One model of a stack."""

    kind: Literal["trees", "net", "linear"]
    file: FileName
    outputs: int = Field(ge=2)
    """Classes it tells apart."""
    link: Link = "identity"
    scale: float = Field(default=1.0, gt=0)


class Lineage(_Part):
    """A data set the model learned from."""

    dataset: str
    digest: str
    rows: int = Field(ge=0)


class Gate(_Part):
    """What the gate decided: a model that did not pass scores in the shadow."""

    passed: bool
    reasons: dict[str, str] = Field(default_factory=dict)
    """By class (or `model`): why it may or may not alert."""


class Manifest(_Part):
    """Everything about a model but its numbers. Unknown fields are an error."""

    format: Literal[1] = 1
    """The form of the manifest; another one is refused."""
    name: Name
    version: int = Field(ge=1)
    task: Task
    kind: Kind
    tier: Tier
    inputs: tuple[str, ...] = Field(min_length=1)
    """Names of the numbers it reads, in the order of its columns."""
    spec_hash: Sha256
    """Hash of the definitions of these numbers (`features.vector.spec_hash`)."""
    classes: tuple[str, ...] = Field(min_length=2)
    """What it tells apart, in the order of its scores; the first one is ordinary traffic where
    the task has such a class. A task of one score has two: its absence and its presence."""
    link: Link = "identity"
    scale: float = Field(default=1.0, gt=0)
    """Divisor of the links `mean` (trees) and `isolation` (trees times the mean path length of
    their samples)."""
    members: tuple[Member, ...] = ()
    """Of a stack: the models below, in the order of the inputs of its weights."""
    shape: tuple[int, ...] | None = None
    """Of a net: the form of one row of inputs, such as (32, 3); None is flat."""
    calibration: dict[str, Knots] = Field(default_factory=dict)
    alert: dict[str, Share | None] = Field(default_factory=dict)
    """By class the calibrated probability from which on it may alert; null or absent: silent."""
    reject: Reject = Reject()
    expected: dict[str, Expected] = Field(default_factory=dict)
    """By input: its usual range and its weight."""
    lineage: tuple[Lineage, ...] = ()
    parameters: dict[str, Any] = Field(default_factory=dict)
    """How it was trained: algorithm, its settings and the search that found them."""
    metrics: dict[str, dict[str, float | None]] = Field(default_factory=dict)
    """By class: precision, recall, support and what else was measured on validation data."""
    gate: Gate = Gate(passed=False)
    seed: int = 0
    card: str = ""
    """The model card: data, faults and limits in plain words (Markdown)."""
    files: dict[FileName, Sha256] = Field(default_factory=dict)
    """The payload: file name to SHA-256."""

    @field_validator("inputs", "classes")
    @classmethod
    def _distinct(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice or not all(names):
            raise ValueError(f"names must differ and not be empty: {', '.join(twice) or '(empty)'}")
        return names

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if UNKNOWN in self.classes:
            raise ValueError(f"classes: {UNKNOWN!r} is what the reject rule says, not a class")
        speakers = {*self.classes, UNKNOWN}
        for field, keys, known in (
            ("calibration", self.calibration, set(self.classes)),
            ("alert", self.alert, speakers),
            ("expected", self.expected, set(self.inputs)),
        ):
            if foreign := sorted(set(keys) - known):
                raise ValueError(f"{field}: {foreign[0]!r} is no name the model knows")
        if self.shape is not None and math.prod(self.shape) != len(self.inputs):
            raise ValueError(f"shape {self.shape}: does not hold {len(self.inputs)} inputs")
        return self

    @property
    def label(self) -> str:
        """The name of its directory."""
        return f"{self.name}-{self.version}"

    @property
    def speaks(self) -> dict[str, float]:
        """The classes it may alert on and from which probability; none in the shadow."""
        if not self.gate.passed:
            return {}
        return {name: least for name, least in self.alert.items() if least is not None}

    def bytes(self) -> bytes:
        """The canonical text that is hashed and signed."""
        told = self.model_dump(mode="json")
        return (json.dumps(told, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()
