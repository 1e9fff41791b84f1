"""How a state moves on: day by day, slowly while what comes is suspicious.

Each day is judged by what was known before it. Of hours at or below the line of suspicion every
number outside of its expected range enters the history as what was expected, and a `STEP` towards
what was seen. So who floods a norm, day after day, moves it by no more than that a day, and a
wanted change is learned in the end; what was really seen is kept apart, and a person may approve
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from lynceus.baseline.learned import Learned
from lynceus.baseline.roles import roles_of
from lynceus.baseline.season import DAY_NS
from lynceus.baseline.state import State
from lynceus.baseline.subject import SUBJECTS
from lynceus.baseline.surprise import Judged

SUSPICIOUS = 0.005
"""Hours less probable than this are learned from slowly, whether they were told or not."""

STEP = 0.1
"""How far a suspicious hour may move a norm, on the logarithmic scale: a tenth a day."""

REFIT_SHARE = 0.3
"""Norms are learned anew when the history has grown by this share of its days, at least by one."""


def moved_on(state: State, rows: Mapping[str, pl.DataFrame]) -> State:
    """The state after these hours, by subject name (`subject.rows_of`), in the order of days."""
    days = sorted(
        {
            int(day)
            for frame in rows.values()
            for day in (frame["window_start_ns"] // DAY_NS).unique()
        }
    )
    for number, day in enumerate(days):
        today = {
            name: frame.filter(pl.col("window_start_ns").floordiv(DAY_NS) == day)
            for name, frame in rows.items()
        }
        state = _one_day(state, today, last=number == len(days) - 1)
    return state


def _one_day(state: State, rows: Mapping[str, pl.DataFrame], last: bool) -> State:
    learned = dict(state.learned)
    told = 0
    for subject in SUBJECTS:
        today = rows.get(subject.name)
        if today is not None and today.height:
            learned[subject.name], count = _learned(learned[subject.name], today, state)
            told += count
    state = replace(state, learned=learned)
    if _due(state, last):
        roles = roles_of(learned["host"].history, state.site_roles)
        fitted = {
            name: one.fitted(roles) if one.history.height else one for name, one in learned.items()
        }
        state = replace(state, learned=fitted, roles=roles)
    return state


def _learned(learned: Learned, rows: pl.DataFrame, state: State) -> tuple[Learned, int]:
    """One subject after a day, and of how many hosts something was told."""
    key = ["site", "window_start_ns", *learned.subject.entity]
    # What was learned before teaches nothing new, and is not told twice.
    new = rows.join(learned.history, on=key, how="anti", nulls_equal=True)
    if not learned.ready:
        return learned.added(rows), 0
    chance = learned.chances(rows, state.roles)
    strange = chance <= max(SUSPICIOUS, learned.line)
    # Hours of one host are one story: a theft that goes on must not use up what others may say.
    told = rows.filter(pl.Series(chance <= learned.line))["host"].n_unique()
    budget = learned.budget.after(told) if new.height else learned.budget
    seen = rows.filter(pl.Series(strange))
    cut = _cut(learned, seen, learned.judged(seen, state.roles)[0])
    after = learned.added(pl.concat([rows.filter(pl.Series(~strange)), cut]), seen)
    return replace(after, budget=budget), told


def _cut(learned: Learned, rows: pl.DataFrame, found: Judged) -> pl.DataFrame:
    """Suspicious rows, what is out of range brought to what was expected."""
    cut = []
    for place, name in enumerate(learned.subject.names):
        middle, low, high = (
            pl.lit(pl.Series(part[:, place])) for part in (found.middle, found.low, found.high)
        )
        cut.append(
            pl.when(pl.col(name) > high)
            .then(pl.min_horizontal((1 + middle) * (1 + STEP) - 1, high))
            .when(pl.col(name) < low)
            .then(pl.max_horizontal((1 + middle) * (1 - STEP) - 1, low))
            .otherwise(pl.col(name))
            .alias(name)
        )
    return rows.with_columns(cut)


def _due(state: State, last: bool) -> bool:
    host = state.learned["host"]
    days = host.days
    if days < state.settings.ready_days:
        return False
    grown = days - host.fitted_days >= max(1.0, REFIT_SHARE * days)
    return last or not host.ready or grown
