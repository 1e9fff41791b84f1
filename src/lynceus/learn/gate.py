"""The gate: class by class, whether a model may alert, and from which probability on.

A class may alert when on validation rows that are later than all training rows its precision is
at least `PRECISION` and its recall at least `RECALL` at one limit of the calibrated probability,
and its findings on benign history stay within the budget. The whole model is silent when its
probabilities are off by more than `OFF` or it is too slow. What does not pass speaks in the
shadow: scored, stored, not shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lynceus.learn.calibrate import error
from lynceus.learn.classify import ORDINARY
from lynceus.learn.learners import Floats

PRECISION, RECALL, OFF = 0.95, 0.90, 0.03
MARGIN = 0.03
"""The limit is set where recall is this much above what is asked, as far as it goes."""
A_DAY = 0.1
"""Findings on benign history that a class may have for a host and day: of ten hosts one a day is
all that a person would bear with."""
LEAST_A_SECOND = 10_000
"""Flows that a model must score in a second of one processor: two of them then keep up with
20,000."""
FEWEST = 10
"""Validation rows of a class from which on its figures say something."""


@dataclass(frozen=True)
class Judged:
    """What the gate found of one class."""

    least: float | None
    """The probability from which on it may alert; None: silent."""
    reason: str
    precision: float | None
    recall: float | None
    rows: int
    benign_a_day: float | None = None
    """Findings on benign history for a host and day; None where none was looked at."""

    @property
    def metrics(self) -> dict[str, float | None]:
        """For the manifest."""
        return {
            "precision": self.precision, "recall": self.recall, "rows": float(self.rows),
            "benign_findings_a_host_day": self.benign_a_day,
        }  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What the gate decided of a model."""

    classes: Mapping[str, Judged]
    calibration_error: float
    fault: str
    """Why the whole model is silent; empty: it is not."""

    @property
    def passed(self) -> bool:
        """Whether at least one class may alert."""
        return not self.fault and any(one.least is not None for one in self.classes.values())

    @property
    def alert(self) -> dict[str, float | None]:
        """By class the limit, for the manifest."""
        return {n: None if self.fault else one.least for n, one in self.classes.items()}

    @property
    def reasons(self) -> dict[str, str]:
        """By class, and for `model`, why."""
        told = {name: one.reason for name, one in self.classes.items()}
        return {"model": self.fault, **told} if self.fault else told


def judged(
    probabilities: Floats,
    classes: Sequence[str],
    truth: NDArray[Any],
    *,
    rows_are: str = "later rows",
) -> Outcome:
    """The gate over validation rows (calibrated probabilities, true classes); `rows_are` says in
    the reasons what rows those are."""
    known = np.isin(truth, list(classes))
    probabilities, truth = probabilities[known], truth[known]
    off = error(probabilities, classes, truth)
    fault = ""
    if off > OFF:
        fault = f"probabilities are off by {off:.3f}, more than {OFF}"
    told = {
        name: _judged(probabilities, place, truth == name, rows_are)
        for place, name in enumerate(classes)
        if name != ORDINARY
    }
    return Outcome(told, off, fault)


def with_speed(outcome: Outcome, flows_a_second: float) -> Outcome:
    """The outcome after the model was timed (`speed.flows_a_second`).

    What was measured is told of a model that is too slow alone: the same training gives the same
    card on every machine that is fast enough.
    """
    if outcome.fault or flows_a_second >= LEAST_A_SECOND:
        return outcome
    slow = (
        f"scores {flows_a_second:,.0f} flows in a second of one processor, fewer than "
        f"{LEAST_A_SECOND:,}"
    )
    return replace(outcome, fault=slow)


def with_benign(outcome: Outcome, a_day: Mapping[str, float], budget: float = A_DAY) -> Outcome:
    """The outcome after findings on benign history were counted, by class for a host and day."""
    told = {n: replace(one, benign_a_day=a_day.get(n, 0.0)) for n, one in outcome.classes.items()}
    loud = {
        name: f"{count:.1f} findings a host and day on benign networks, more than {budget:g}"
        for name, count in a_day.items()
        if count > budget
    }
    return silenced(replace(outcome, classes=told), loud)


def silenced(outcome: Outcome, reasons: Mapping[str, str]) -> Outcome:
    """The outcome with these classes silent; those that were so already keep their reason."""
    told = {
        name: replace(one, least=None, reason=reasons[name])
        if name in reasons and one.least is not None
        else one
        for name, one in outcome.classes.items()
    }
    return replace(outcome, classes=told)


def _judged(probabilities: Floats, place: int, wanted: NDArray[np.bool_], rows_are: str) -> Judged:
    """The highest limit that leaves recall well above what is asked, if precision is there."""
    rows = int(wanted.sum())
    if rows < FEWEST:
        return Judged(None, f"{rows} validation rows, fewer than {FEWEST}", None, None, rows)
    likeliest = probabilities.argmax(1) == place
    own = probabilities[:, place]
    sure = np.sort(np.where(likeliest, own, 0.0)[wanted])
    # So many of its rows may stay below the limit.
    spare = int(rows * (1 - min(1.0, RECALL + MARGIN)))
    limit = float(np.floor(max(sure[spare], 0.5) * 10_000) / 10_000)
    found = likeliest & (own >= limit)
    hits = int((found & wanted).sum())
    precision, recall = hits / max(1, int(found.sum())), hits / rows
    reason = f"precision {precision:.3f}, recall {recall:.3f} on {rows:,} {rows_are}"
    if precision < PRECISION or recall < RECALL:
        reason += f"; asked are {PRECISION} and {RECALL:.2f}"
        return Judged(None, reason, precision, recall, rows)
    return Judged(limit, reason, precision, recall, rows)
