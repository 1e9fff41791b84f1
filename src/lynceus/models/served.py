"""An artefact at work: flows in; class, probability, confidence and reasons out."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.models import specification
from lynceus.models.artefact import Artefact, ModelRefused
from lynceus.models.calibration import calibrated
from lynceus.models.linear import Linear
from lynceus.models.manifest import UNKNOWN, Manifest
from lynceus.models.payload import Payload, PayloadError
from lynceus.records import JUDGED

STRONGEST = 5
"""So many contributions are told of a row."""
LEAST_KNOWN = 0.5
"""A row of which less is known, by the weight of its inputs, is not judged."""
DIGITS = 4
"""Of a probability: sums of the same numbers differ in their last digits with the rows beside."""

PAYLOAD = {"linear": "weights.npz"}
"""The main file of each kind of model."""


class Served:
    """A model that scores rows. Raises ModelRefused on a payload that is not what it should be."""

    def __init__(self, artefact: Artefact) -> None:
        self.manifest = artefact.manifest
        self.task = artefact.manifest.task
        self.label = artefact.manifest.label
        self.reads = specification.needed(self.manifest.tier, self.manifest.inputs)
        """The columns of the rows it needs."""
        try:
            self._payload = _payload(artefact)
        except (PayloadError, KeyError) as error:
            raise ModelRefused(f"{self.label}: {_text(error)}") from None
        self._least = _thresholds(self.manifest)
        self._weights = _weights(self.manifest)

    def judged(self, rows: pl.DataFrame) -> pl.DataFrame:
        """One row a row, in order, in `JUDGED`; null where too little is known to judge."""
        numbers = specification.numbers(self.manifest.tier, self.manifest.inputs, rows)
        confidence = self._confidence(numbers)
        enough = confidence >= LEAST_KNOWN
        if not enough.any():
            return pl.DataFrame({c: pl.repeat(None, rows.height, dtype=t, eager=True)
                                 for c, t in JUDGED.items()})  # fmt: skip
        probabilities = self.probabilities(numbers)
        places, probability = self._decided(probabilities)
        names = pl.Series([*self.manifest.classes, UNKNOWN], dtype=pl.String)
        alerts = self.manifest.gate.passed & (probability >= self._least[places])
        told = pl.DataFrame(
            {
                "class": names.gather(pl.Series(places, dtype=pl.UInt32)),
                "probability": pl.Series(probability, dtype=pl.Float32),
                "confidence": pl.Series(confidence.round(DIGITS), dtype=pl.Float32),
                "alerts": pl.Series(alerts, dtype=pl.Boolean),
            },
            schema=JUDGED,
        )
        if enough.all():
            return told
        return told.select(pl.when(pl.Series(enough)).then(pl.col(c)).alias(c) for c in JUDGED)

    def probabilities(self, numbers: pl.DataFrame) -> NDArray[np.float64]:
        """Calibrated probabilities of the classes, rows x classes."""
        scores = linked(self._payload.scores(numbers), self.manifest)
        classes = self.manifest.classes
        return calibrated(scores, classes, self.manifest.calibration).round(DIGITS)

    def reasons(self, rows: pl.DataFrame, classes: pl.Series) -> pl.Series:
        """Of each row the strongest contributions to the class it was given, as JSON.

        `{"model", "class", "strongest": [{"name", "unit", "value", "low", "high", "adds"}]}`;
        `low` to `high` is the usual range, `adds` what the value adds to the raw score.
        """
        numbers = specification.numbers(self.manifest.tier, self.manifest.inputs, rows)
        adds = np.zeros((rows.height, len(self.manifest.inputs)))
        known = self.manifest.classes
        for place, name in enumerate(known):
            chosen = (classes == name).fill_null(False)
            if chosen.any():
                output = self._output(place)
                told = self._payload.contributions(numbers.filter(chosen), output)
                adds[chosen.to_numpy()] = told
        return self._as_json(numbers, adds, classes)

    def _output(self, place: int) -> int:
        """The raw score that speaks for a class; two classes may share one score."""
        return 0 if self.manifest.link in ("logistic", "isolation") else place

    def _confidence(self, numbers: pl.DataFrame) -> NDArray[np.float64]:
        """The share of what usually is known, by weight, that is known of each row."""
        confidence = np.ones(numbers.height)
        for column, weight in zip(numbers.iter_columns(), self._weights, strict=True):
            if weight and column.null_count():
                confidence -= weight * column.is_null().to_numpy()
        return confidence

    def _decided(self, told: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[np.float64]]:
        """Per row the place of its class (`UNKNOWN` is the last) and its probability.

        The likeliest class that reaches its own alert threshold, else the likeliest.
        """
        reached = np.where(told >= self._least[:-1], told, -1.0)
        places = np.where((reached >= 0).any(1), reached.argmax(1), told.argmax(1))
        probability = told[np.arange(len(told)), places]
        least = self.manifest.reject.least_probability
        if least is not None:
            places = np.where(probability < least, len(self.manifest.classes), places)
        return places, probability

    def _as_json(
        self, numbers: pl.DataFrame, adds: NDArray[np.float64], classes: pl.Series
    ) -> pl.Series:
        inputs = self.manifest.inputs
        order = np.argsort(-np.abs(adds), axis=1, kind="stable")[:, :STRONGEST]
        rows = np.repeat(np.arange(len(adds)), order.shape[1])
        places = order.ravel()
        values = numbers.to_numpy()
        expected = [self.manifest.expected.get(name) for name in inputs]
        tier = self.manifest.tier
        about = pl.DataFrame(
            {
                "name": inputs,
                "unit": [specification.unit(tier, name) for name in inputs],
                "low": [e.low if e else None for e in expected],
                "high": [e.high if e else None for e in expected],
            },
            schema_overrides={"low": pl.Float64, "high": pl.Float64},
        )
        long = about[places].with_columns(
            row=pl.Series(rows, dtype=pl.UInt32),
            value=pl.Series(values[rows, places], dtype=pl.Float64)
            .fill_nan(None)
            .round_sig_figs(6),
            adds=pl.Series(adds[rows, places], dtype=pl.Float64).round(DIGITS),
        )
        one = pl.struct("name", "unit", "value", "low", "high", "adds")
        strongest = long.group_by("row", maintain_order=True).agg(one.alias("strongest"))
        return strongest.select(
            pl.struct(
                pl.lit(self.label).alias("model"), classes.alias("class"), "strongest"
            ).struct.json_encode()
        ).to_series()


def linked(raw: NDArray[Any], manifest: Manifest) -> NDArray[np.float64]:
    """Raw scores as shares 0..1, rows x classes. Raises PayloadError where the widths differ."""
    told = np.asarray(raw, np.float64).reshape(len(raw), -1)
    match manifest.link:
        case "softmax":
            told = np.exp(told - told.max(1, keepdims=True))
            told /= told.sum(1, keepdims=True)
        case "logistic":
            told = 1 / (1 + np.exp(-np.clip(told, -500, 500)))
        case "isolation":
            told = 2.0 ** (-told / manifest.scale)
        case "identity" | "mean":
            pass
    if told.shape[1] == 1 and len(manifest.classes) == 2:
        told = np.column_stack([1 - told[:, 0], told[:, 0]])
    if told.shape[1] != len(manifest.classes):
        raise PayloadError(f"{told.shape[1]} scores for {len(manifest.classes)} classes")
    return told


def _payload(artefact: Artefact) -> Payload:
    manifest = artefact.manifest
    outputs = 1 if manifest.link in ("logistic", "isolation") else len(manifest.classes)
    content = _main(artefact, manifest.kind)
    match manifest.kind:
        case "linear":
            return Linear(content, len(manifest.inputs), outputs)
    raise PayloadError(f"kind {manifest.kind!r} is not served by this version")


def _main(artefact: Artefact, kind: str) -> bytes:
    name = PAYLOAD.get(kind, "")
    if name not in artefact.payload:
        raise PayloadError(f"holds no {name or kind}")
    return artefact.payload[name]


def _thresholds(manifest: Manifest) -> NDArray[np.float64]:
    """By place of class (`UNKNOWN` last) from which probability on it alerts; infinite: never."""
    least = [manifest.alert.get(name) for name in (*manifest.classes, UNKNOWN)]
    return np.array([np.inf if value is None else value for value in least])


def _weights(manifest: Manifest) -> NDArray[np.float64]:
    """What confidence loses with each input: its weight where it usually is known."""
    expected = [manifest.expected.get(name) for name in manifest.inputs]
    weights = np.array([e.weight if e else 0.0 for e in expected])
    known = np.array([1 - e.null_share if e else 1.0 for e in expected])
    if not weights.any():
        weights = np.ones(len(weights))
    told: NDArray[np.float64] = weights * known
    return told / told.sum() if told.any() else told


def _text(error: Exception) -> str:
    return str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
