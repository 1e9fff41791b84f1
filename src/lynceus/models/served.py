"""An artefact at work: flows in; class, probability, confidence and reasons out."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.models import specification
from lynceus.models.artefact import Artefact, ModelRefused
from lynceus.models.calibration import calibrated
from lynceus.models.examples import EXAMPLES, Examples
from lynceus.models.linear import Linear
from lynceus.models.manifest import UNKNOWN, Kind, Link, Manifest
from lynceus.models.nets import Net
from lynceus.models.payload import Payload, PayloadError, linked
from lynceus.models.stack import Stack
from lynceus.models.trees import Trees
from lynceus.records import JUDGED

STRONGEST = 5
"""So many contributions are told of a row."""
LEAST_KNOWN = 0.5
"""A row of which less is known, by the weight of its inputs, is not judged."""
DIGITS = 4
"""Of a probability: sums of the same numbers differ in their last digits with the rows beside."""

MAIN = {
    "linear": "weights.npz",
    "net": "net.onnx",
    "trees": "trees.parquet",
    "isolation_trees": "trees.parquet",
}
"""The file of each kind of model."""
MOST_EXPLAINED = 50_000
"""So many distinct rows are remembered with their reasons."""
CLASS, REASONS = "class it was given", "reasons it was given"
"""Columns beside the inputs, whose names have no blanks, of what is remembered."""
UNLIKE = "unlike.parquet"
"""The isolation forest of the reject rule."""


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
            self._unlike = _unlike(artefact)
            self._examples = _examples(artefact)
        except PayloadError as error:
            raise ModelRefused(f"{self.label}: {error}") from None
        self._least = _thresholds(self.manifest)
        self._weights = _weights(self.manifest)
        asked = dict.fromkeys(self.manifest.inputs, pl.Float32()) | {CLASS: pl.String()}
        self._explained = pl.DataFrame(schema={**asked, REASONS: pl.String()})
        """Rows whose reasons were told, and these: to explain one is as dear as to judge fifty."""

    def judged(self, rows: pl.DataFrame) -> pl.DataFrame:
        """One row a row, in order, in `JUDGED`; null where too little is known to judge.

        Scans and floods are flows of the same few numbers: equal ones are judged once.
        """
        numbers = specification.numbers(self.manifest.tier, self.manifest.inputs, rows)
        distinct, places = _distinct(numbers)
        return self._judged(distinct).select(pl.all().gather(places))

    def _judged(self, numbers: pl.DataFrame) -> pl.DataFrame:
        confidence = self._confidence(numbers)
        enough = confidence >= LEAST_KNOWN
        if not enough.any():
            return pl.DataFrame({c: pl.repeat(None, numbers.height, dtype=t, eager=True)
                                 for c, t in JUDGED.items()})  # fmt: skip
        places, probability = self._decided(self.probabilities(numbers))
        places = self._rejected(numbers, places, probability)
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
        told = self.manifest
        raw = self._payload.scores(self._filled(numbers))
        shares = linked(raw, told.link, told.scale, len(told.classes))
        return calibrated(shares, told.classes, told.calibration).round(DIGITS)

    def unlikeness(self, numbers: pl.DataFrame) -> NDArray[np.float64] | None:
        """How unlike the training data each row is, 0..1; None where the model does not tell."""
        if self._unlike is None:
            return None
        scale = self.manifest.reject.unlike_scale
        told = linked(self._unlike.scores(self._unlike_filled(numbers)), "isolation", scale, 2)
        return told[:, 1].round(DIGITS)

    def reasons(self, rows: pl.DataFrame, classes: pl.Series) -> pl.Series:
        """Of each row the strongest contributions to the class it was given, as JSON.

        `{"model", "class", "strongest": [{"name", "unit", "value", "low", "high", "adds"}],
        "nearest": [{"label", "dataset", "distance"}]}`; `low` to `high` is the usual range, `adds`
        what the value adds to the raw score. `nearest` are known examples, of a model that has any.
        """
        numbers = specification.numbers(self.manifest.tier, self.manifest.inputs, rows)
        asked = numbers.with_columns(classes.alias(CLASS))
        known = self._explained
        new = asked.unique(maintain_order=True)
        new = new.join(known, on=asked.columns, how="anti", nulls_equal=True, maintain_order="left")
        if new.height:
            told = self._reasons(new.drop(CLASS), new[CLASS])
            if known.height + new.height > MOST_EXPLAINED:
                known = known.join(asked, on=asked.columns, how="semi", nulls_equal=True)
            known = self._explained = pl.concat([known, new.with_columns(told.alias(REASONS))])
        return asked.join(
            known, on=asked.columns, how="left", nulls_equal=True, maintain_order="left"
        )[REASONS].alias(classes.name)

    def _reasons(self, numbers: pl.DataFrame, classes: pl.Series) -> pl.Series:
        adds = np.zeros((numbers.height, len(self.manifest.inputs)))
        for place, name in enumerate((*self.manifest.classes, UNKNOWN)):
            chosen = (classes == name).fill_null(False)
            if chosen.any():
                adds[chosen.to_numpy()] = self._added(numbers.filter(chosen), place)
        return self._as_json(numbers, adds, classes)

    def _added(self, numbers: pl.DataFrame, place: int) -> NDArray[Any]:
        """What each input adds to the raw score of a class, or to the unlikeness."""
        told = self.manifest
        if place < len(told.classes):
            return self._adds(numbers, place)
        if self._unlike is not None:
            return -self._unlike.contributions(self._unlike_filled(numbers), 0)
        likeliest = self.probabilities(numbers).argmax(1)
        adds = np.zeros((numbers.height, numbers.width))
        for known in np.unique(likeliest):
            adds[likeliest == known] = -self._adds(numbers.filter(likeliest == known), int(known))
        return adds

    def _adds(self, numbers: pl.DataFrame, place: int) -> NDArray[Any]:
        """Of two classes that share a score, what speaks for one speaks against the other."""
        numbers = self._filled(numbers)
        match self.manifest.link:
            case "logistic":
                return self._payload.contributions(numbers, 0) * (1 if place else -1)
            case "isolation":
                return self._payload.contributions(numbers, 0) * (-1 if place else 1)
        return self._payload.contributions(numbers, place)

    def _filled(self, numbers: pl.DataFrame) -> pl.DataFrame:
        """The inputs with what stands for unknown values."""
        fill = {
            name: told.fill
            for name, told in self.manifest.expected.items()
            if told.fill is not None
        }
        return numbers.with_columns(pl.col(name).fill_null(value) for name, value in fill.items())

    def _unlike_filled(self, numbers: pl.DataFrame) -> pl.DataFrame:
        fill = self.manifest.reject.unlike_fill
        return numbers if fill is None else numbers.fill_null(fill)

    def _confidence(self, numbers: pl.DataFrame) -> NDArray[np.float64]:
        """The share of what usually is known, by weight, that is known of each row."""
        confidence = np.ones(numbers.height)
        for column, weight in zip(numbers.iter_columns(), self._weights, strict=True):
            if weight and column.null_count():
                confidence -= weight * column.is_null().to_numpy()
        return confidence

    def _decided(self, told: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[np.float64]]:
        """Per row the place of its class and its probability.

        The likeliest class that reaches its own alert threshold, else the likeliest.
        """
        reached = np.where(told >= self._least[:-1], told, -1.0)
        places = np.where((reached >= 0).any(1), reached.argmax(1), told.argmax(1))
        return places, told[np.arange(len(told)), places]

    def _rejected(
        self, numbers: pl.DataFrame, places: NDArray[Any], probability: NDArray[np.float64]
    ) -> NDArray[Any]:
        """The places, with those rows `UNKNOWN` that are unlike what the model was taught."""
        rule, unknown = self.manifest.reject, len(self.manifest.classes)
        if rule.least_probability is not None:
            places = np.where(probability < rule.least_probability, unknown, places)
        unlike = self.unlikeness(numbers)
        if unlike is not None and rule.most_unlike is not None:
            places = np.where(unlike >= rule.most_unlike, unknown, places)
        return places

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
        told = long.group_by("row", maintain_order=True).agg(one.alias("strongest"))
        fields = [pl.lit(self.label).alias("model"), classes.alias("class"), pl.col("strongest")]
        if self._examples is not None:
            fields.append(pl.lit(self._examples.nearest(numbers)).alias("nearest"))
        return told.select(pl.struct(fields).struct.json_encode()).to_series()


def _distinct(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """The distinct rows, as they first appear, and for each row which of them it is.

    They are told apart by hashes of 64 bits: to compare all their numbers is several times dearer.
    """
    key = rows.hash_rows(seed=0)
    first = key.is_first_distinct()
    numbered = pl.DataFrame({"key": key.filter(first)}).with_row_index("which one")
    every = pl.DataFrame({"key": key})
    places = every.join(numbered, on="key", how="left", maintain_order="left")["which one"]
    return rows.filter(first), places


def _payload(artefact: Artefact) -> Payload:
    """What computes the raw scores."""
    manifest = artefact.manifest
    if manifest.kind == "stack":
        members = [(m, _one(artefact, m.kind, m.file, m.link, m.outputs)) for m in manifest.members]
        wide = sum(member.outputs for member in manifest.members)
        outputs = _outputs(manifest.link, len(manifest.classes))
        top = Linear(_file(artefact, MAIN["linear"]), wide, outputs)
        return Stack(members, top, _usual(manifest))
    name = MAIN[manifest.kind]
    return _one(artefact, manifest.kind, name, manifest.link, len(manifest.classes))


def _one(artefact: Artefact, kind: Kind, file: str, link: Link, classes: int) -> Payload:
    content, inputs = _file(artefact, file), len(artefact.manifest.inputs)
    outputs = _outputs(link, classes)
    match kind:
        case "linear":
            return Linear(content, inputs, outputs)
        case "net":
            return Net(content, _usual(artefact.manifest), artefact.manifest.shape, outputs)
        case _:
            return Trees(content, inputs, outputs, file)


def _unlike(artefact: Artefact) -> Trees | None:
    """The isolation forest that knows what the training data was like."""
    if artefact.manifest.reject.most_unlike is None:
        return None
    return Trees(_file(artefact, UNLIKE), len(artefact.manifest.inputs), 1, UNLIKE)


def _examples(artefact: Artefact) -> Examples | None:
    content = artefact.payload.get(EXAMPLES)
    return None if content is None else Examples(content, artefact.manifest.inputs)


def _outputs(link: Link, classes: int) -> int:
    """How many raw scores there are: two classes may share one."""
    return 1 if link in ("logistic", "isolation") else classes


def _file(artefact: Artefact, name: str) -> bytes:
    if name not in artefact.payload:
        raise PayloadError(f"holds no {name}")
    return artefact.payload[name]


def _usual(manifest: Manifest) -> NDArray[np.float64]:
    """By input the middle of its usual range, or what stands for an unknown value; else NaN."""
    told = []
    for name in manifest.inputs:
        expected = manifest.expected.get(name)
        if expected is None:
            told.append(np.nan)
        else:
            middle = (expected.low + expected.high) / 2
            told.append(middle if expected.fill is None else expected.fill)
    return np.array(told)


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
