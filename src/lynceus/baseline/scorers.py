"""Further opinions of how strange an hour is, learned off the line and served in plain NumPy.

Each looks at the deviations of an hour from its norm (all numbers of it together) and gives a score
that is higher the stranger they are. Scores of different kinds are brought together as what they
mean at the site: the greatest -log10 of how probable each was there, the surprise of the norms
among them. Any may speak, as each sees what the others do not; a mean would let three that see
nothing silence the one that does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lynceus.baseline import tail as tails
from lynceus.baseline.tail import Tail

Array = NDArray[np.float64]

WIDE = 6.0
"""Deviations as the net is given them: cut at this and brought to -1..1."""


class Scorer(Protocol):
    """One opinion."""

    @property
    def ends(self) -> bool:
        """Whether there is a score that no row exceeds, however strange it is."""
        ...

    def score(self, deviations: Array) -> Array:
        """One score a row, higher is stranger."""
        ...

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that it was learned to be, to be stored."""
        ...


@dataclass(frozen=True, eq=False)
class IsolationForest:
    """Random trees that cut strange rows off early (Liu, Ting and Zhou 2008)."""

    ends: ClassVar[bool] = True
    feature: NDArray[np.int32]
    """Trees by nodes: the number that a node asks for, -1 in a leaf."""
    threshold: Array
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    length: Array
    """In a leaf: steps from the root and the mean of those that were not taken."""
    usual: float
    """Mean number of steps of a usual row."""

    def score(self, deviations: Array) -> Array:
        """2 to the power of -(mean steps / usual): towards 1 for strange rows."""
        rows = np.arange(deviations.shape[0])
        steps = np.zeros(deviations.shape[0])
        given = deviations.astype(np.float32)
        for tree in range(self.feature.shape[0]):
            node = np.zeros(deviations.shape[0], dtype=np.int32)
            feature, threshold = self.feature[tree], self.threshold[tree]
            while True:
                asked = feature[node]
                inner = asked >= 0
                if not inner.any():
                    break
                smaller = given[rows, np.maximum(asked, 0)] <= threshold[node]
                further = np.where(smaller, self.left[tree][node], self.right[tree][node])
                node = np.where(inner, further, node)
            steps += self.length[tree][node]
        return np.asarray(2.0 ** (-steps / self.feature.shape[0] / self.usual), dtype=np.float64)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """See `Scorer`."""
        return dict(vars(self)) | {"usual": np.array(self.usual)}


@dataclass(frozen=True, eq=False)
class OneClass:
    """A one-class support vector machine on a Nystroem map of a Gaussian kernel."""

    ends: ClassVar[bool] = True
    places: Array
    """Rows that the map measures the distance to."""
    whitening: Array
    gamma: float
    weights: Array
    offset: float

    def score(self, deviations: Array) -> Array:
        """How far outside of the ordinary region a row lies."""
        square = (
            (deviations**2).sum(1)[:, None]
            + (self.places**2).sum(1)[None, :]
            - 2.0 * deviations @ self.places.T
        )
        mapped = np.exp(-self.gamma * np.maximum(square, 0.0)) @ self.whitening
        return np.asarray(self.offset - mapped @ self.weights, dtype=np.float64)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """See `Scorer`."""
        return dict(vars(self)) | {"gamma": np.array(self.gamma), "offset": np.array(self.offset)}


@dataclass(frozen=True, eq=False)
class Autoencoder:
    """A net that was trained to repeat ordinary rows through a narrow middle."""

    ends: ClassVar[bool] = False
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]

    def score(self, deviations: Array) -> Array:
        """How badly a row was repeated: the mean square of what is wrong."""
        given = np.clip(deviations, -WIDE, WIDE) / WIDE
        value = given
        for place, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            value = value @ weight.T + bias
            if place < len(self.weights) - 1:
                value = np.tanh(value)
        return np.asarray(((value - given) ** 2).mean(1), dtype=np.float64)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """See `Scorer`."""
        named = {f"weight_{n}": weight for n, weight in enumerate(self.weights)}
        return named | {f"bias_{n}": bias for n, bias in enumerate(self.biases)}


def restored(kind: str, arrays: Mapping[str, NDArray[Any]]) -> Scorer:
    """A scorer from what was stored. Raises LookupError, TypeError or ValueError otherwise."""
    if kind == "isolation_forest":
        return IsolationForest(**{**arrays, "usual": float(arrays["usual"])})  # type: ignore[arg-type]
    if kind == "one_class":
        given = {**arrays, "gamma": float(arrays["gamma"]), "offset": float(arrays["offset"])}
        return OneClass(**given)  # type: ignore[arg-type]
    if kind == "autoencoder":
        layers = range(len(arrays) // 2)
        return Autoencoder(
            tuple(arrays[f"weight_{n}"] for n in layers),
            tuple(arrays[f"bias_{n}"] for n in layers),
        )
    raise ValueError(f"unknown scorer {kind!r}")


@dataclass(frozen=True, eq=False)
class Scorers:
    """All opinions beside the norms, each with what its scores mean at the site."""

    by_kind: tuple[tuple[str, Scorer], ...] = ()
    tails: tuple[Tail | None, ...] = ()
    """Of the surprise, then of each scorer."""

    def calibrated(self, surprise: Array, deviations: Array) -> Scorers:
        """With the tails of the site's own past."""
        if not self.by_kind:
            return self
        told = (tails.fit(scorer.score(deviations), ends=scorer.ends) for _, scorer in self.by_kind)
        return replace(self, tails=(tails.fit(surprise), *told))

    def combined(self, surprise: Array, deviations: Array) -> Array:
        """One score of all opinions; the surprise itself where it is the only one."""
        if not self.by_kind or not self.tails:
            return surprise
        scores = [surprise, *(scorer.score(deviations) for _, scorer in self.by_kind)]
        told = [
            -np.log10(tail.probability(one))
            for tail, one in zip(self.tails, scores, strict=True)
            if tail is not None
        ]
        return np.asarray(np.max(told, axis=0)) if told else surprise
