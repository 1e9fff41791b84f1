"""What is known of one subject: its history, what is usual in it, and how strange is strange."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.baseline import norms as norm
from lynceus.baseline import tail as tails
from lynceus.baseline.budget import Budget
from lynceus.baseline.norms import Norms, days_of, with_kin
from lynceus.baseline.scorers import Scorers
from lynceus.baseline.season import DAY_NS, HOUR_NS
from lynceus.baseline.subject import SEEN, Subject
from lynceus.baseline.surprise import Judged, judge, stranger
from lynceus.baseline.tail import Tail

HISTORY_DAYS = 30
"""Days of history that are kept."""

MOST_ROWS = 1_500_000
"""Most hours that are kept of one subject; of more the oldest days go first."""

ANCHOR_DAYS = 7
ANCHOR_FROM_DAYS = 14
"""Hours are also judged by norms of what is older than a week, once there are two weeks."""

FOLDS = 4
"""Parts into which the history is cut by days: each is judged by norms of the others."""

PIECE = 32_768
"""Rows that are judged at once: bounds what is needed in between."""

RATE_DAYS = 14
"""Latest days by which it is told how many hours there are to judge a day."""


def schema_of(subject: Subject) -> dict[str, pl.DataType]:
    """Columns of a history."""
    texts: dict[str, pl.DataType] = {"site": pl.String(), "window_start_ns": pl.Int64()}
    texts |= {key: pl.UInt16() if key == "resp_p" else pl.String() for key in subject.entity}
    return {
        **texts,
        "segment": pl.String(),
        **dict.fromkeys(subject.names, pl.Float64()),
        **dict.fromkeys(SEEN, pl.Int64()),
    }


@dataclass(frozen=True, eq=False)
class Learned:
    """The state of one subject. Methods give a new one; nothing is changed in place."""

    subject: Subject
    history: pl.DataFrame
    """Hours as they count, one row an entity and hour; suspicious ones cut to what was expected."""
    withheld: pl.DataFrame
    """The suspicious ones among them as they were seen."""
    budget: Budget
    norms: Norms | None = None
    anchor: Norms | None = None
    """Norms of what is older than `ANCHOR_DAYS`: who works his way up is still far from them."""
    tail: Tail | None = None
    rows_per_day: float = 0.0
    """Hours to judge on a usual day."""
    fitted_days: int = 0
    """Days of history that norms and tail rest on."""
    scorers: Scorers = field(default_factory=Scorers)
    """Further opinions of how strange an hour is, learned off the line."""
    rebased: Mapping[str, int] = field(default_factory=dict)
    """Since when (ns) hosts are as they are to be, because a person said so."""
    forgotten: int = 0
    """Hours that were dropped because there were more than `MOST_ROWS`."""

    @staticmethod
    def empty(subject: Subject, budget: Budget) -> Learned:
        """Nothing known."""
        none = pl.DataFrame(schema=schema_of(subject))
        return Learned(subject, none, none, budget)

    @property
    def ready(self) -> bool:
        """Whether hours can be judged."""
        return self.norms is not None and self.tail is not None

    @property
    def days(self) -> int:
        """Days that the history spans."""
        return days_of(self.history)

    def chances(self, rows: pl.DataFrame, roles: pl.DataFrame) -> NDArray[np.float64]:
        """How probable each row was, piece by piece: of most rows nothing else is asked."""
        pieces = [self.judged(piece, roles)[1] for piece in rows.iter_slices(PIECE)]
        return np.concatenate(pieces) if pieces else np.empty(0)

    def judged(self, rows: pl.DataFrame, roles: pl.DataFrame) -> tuple[Judged, NDArray[np.float64]]:
        """Rows judged, and how probable each was: 1 where nothing can be said."""
        if self.norms is None or self.tail is None:
            raise ValueError(f"{self.subject.name}: nothing learned yet")
        known = with_kin(rows, roles)
        found = judge(self.norms, known)
        chance = self._chance(found)
        if self.anchor is not None:
            old = judge(self.anchor, known)
            # Who was not there then cannot be compared; two looks at an hour make it half as rare.
            once = np.where(old.level >= self.anchor.own_level, self._chance(old), 1.0)
            found = stranger(found, old, once < chance)
            chance = np.where(once < 1.0, np.minimum(2.0 * np.minimum(chance, once), 1.0), chance)
        return found, chance

    def _chance(self, found: Judged) -> NDArray[np.float64]:
        scores = self.scorers.combined(found.surprise, found.deviations)
        if self.tail is None:
            return np.ones(len(scores))
        return np.nan_to_num(self.tail.probability(scores), nan=1.0)

    @property
    def line(self) -> float:
        """The probability at or below which an hour is told."""
        return self.budget.chance(self.rows_per_day)

    def added(self, rows: pl.DataFrame, seen: pl.DataFrame | None = None) -> Learned:
        """With more hours; `seen` are those of them that are suspicious, as they were seen.

        An hour that is told again replaces the one before if more was seen in it.
        """
        key = ["site", "window_start_ns", *self.subject.entity]
        history = merged([self.history, rows], key)
        oldest = _oldest(history)
        kept = history.filter(pl.col("window_start_ns") >= oldest)
        withheld = merged([self.withheld, *([] if seen is None else [seen])], key)
        return replace(
            self,
            history=kept,
            withheld=withheld.filter(pl.col("window_start_ns") >= oldest),
            forgotten=self.forgotten + _forgotten(history, kept),
        )

    def fitted(self, roles: pl.DataFrame) -> Learned:
        """With norms, tail and rate of the present history."""
        days = self.days
        rows = with_kin(self.history, roles)
        norms = norm.learn(self.subject, rows, days)
        old = rows.filter(
            pl.col("window_start_ns") < _days_ago(rows, ANCHOR_DAYS),
            pl.col("window_start_ns")
            >= pl.col("host").replace_strict(
                list(self.rebased), list(self.rebased.values()), default=0, return_dtype=pl.Int64
            ),
        )
        enough = days >= ANCHOR_FROM_DAYS and old.height > 0
        surprise, deviations = self._crossed(rows, roles)
        scorers = self.scorers.calibrated(surprise, deviations)
        tail = tails.fit(scorers.combined(surprise, deviations))
        return replace(
            self,
            norms=norms,
            anchor=norm.learn(self.subject, old, days) if enough else None,
            tail=tail,
            scorers=scorers,
            rows_per_day=_rate(self.history),
            fitted_days=days,
        )

    def deviations(self, roles: pl.DataFrame) -> NDArray[np.float64]:
        """Deviations of the history, each day judged by norms of other days: what scorers and
        clusters are learned from."""
        return self._crossed(with_kin(self.history, roles), roles)[1]

    def _crossed(
        self, rows: pl.DataFrame, roles: pl.DataFrame
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Surprise and deviations of the hours of the history, by norms of other days.

        Of what was withheld the first hour of an entity counts as it was seen: strange things do
        happen here, but one that goes on for days must not become what is to be expected.
        """
        entity = ["site", *self.subject.entity]
        key = [*entity, "window_start_ns"]
        first = self.withheld.sort(key).unique(entity, keep="first", maintain_order=True)
        others = self.history.join(first, on=key, how="anti", nulls_equal=True)
        seen = pl.concat([others, first]).sort(key)
        seen = with_kin(seen, roles)
        surprise = [np.empty(0)]
        deviations = [np.empty((0, len(self.subject.numbers) + 1))]
        for own, rest in _folds(seen, rows):
            norms = norm.learn(self.subject, rest, days_of(rest))
            found = judge(norms, own)
            surprise.append(found.surprise)
            deviations.append(found.deviations)
        return np.concatenate(surprise), np.concatenate(deviations)


def _folds(seen: pl.DataFrame, rows: pl.DataFrame) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Parts of the history and the rest of it, cut between days; a short one between hours."""
    days = days_of(rows)
    block = DAY_NS if days >= FOLDS else max(HOUR_NS, days * DAY_NS // (2 * FOLDS))
    part = pl.col("window_start_ns").floordiv(block) % FOLDS
    for number in range(FOLDS):
        others = rows.filter(part != number)
        if others.height and (own := seen.filter(part == number)).height:
            yield own, others


def merged(frames: list[pl.DataFrame], key: list[str]) -> pl.DataFrame:
    """One row a key: of an hour that was told twice the one in which more was seen."""
    rows = pl.concat(frames)
    if not rows.select(pl.struct(key).is_duplicated().any()).item():
        return rows.sort(key)
    numbers = [name for name, dtype in rows.schema.items() if dtype == pl.Float64]
    seen = pl.sum_horizontal(pl.col(numbers).log1p())
    return rows.sort(*key, seen).unique(key, keep="last", maintain_order=True)


def _days_ago(rows: pl.DataFrame, days: int) -> int:
    """The begin of the day so many days before that of the latest hour."""
    latest = int(rows["window_start_ns"].max())  # type: ignore[arg-type]
    return (latest // DAY_NS - days + 1) * DAY_NS


def _oldest(history: pl.DataFrame) -> int:
    """The time from which on hours are kept."""
    if history.is_empty():
        return 0
    oldest = _days_ago(history, HISTORY_DAYS)
    if history.height > MOST_ROWS:
        days = history["window_start_ns"].sort(descending=True)[MOST_ROWS]
        oldest = max(oldest, (int(days) // DAY_NS + 1) * DAY_NS)
    return oldest


def _forgotten(history: pl.DataFrame, kept: pl.DataFrame) -> int:
    return history.height - kept.height if history.height > MOST_ROWS else 0


def _rate(history: pl.DataFrame) -> float:
    """Hours of all entities on a usual one of the latest days."""
    day = history.select(day=pl.col("window_start_ns").floordiv(DAY_NS))
    counts = day.group_by("day").len().sort("day").tail(RATE_DAYS)["len"]
    if counts.is_empty():
        return 0.0
    # The day that has just begun would make a usual day look small.
    whole = counts.head(len(counts) - 1) if len(counts) > 2 else counts
    return float(whole.median() or 0.0)  # type: ignore[arg-type]
