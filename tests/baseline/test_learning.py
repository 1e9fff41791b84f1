"""A state moves on (learned, learning): calibrated, within its budget, and not to be poisoned."""

from __future__ import annotations

from math import exp, factorial

import numpy as np
import polars as pl
import pytest

from baseline.made import at, by_day, hours
from lynceus.baseline.learned import HISTORY_DAYS
from lynceus.baseline.learning import moved_on
from lynceus.baseline.season import DAY_NS, HOUR_NS
from lynceus.baseline.state import Settings, State

NIGHT = pl.col("window_start_ns") % DAY_NS < 4 * HOUR_NS
SENDER = pl.col("host") == "10.0.0.2"


def told(state: State, rows: pl.DataFrame) -> int:
    """How many of the hours a person would be told."""
    host = state.learned["host"]
    return int((host.judged(rows, state.roles)[1] <= host.line).sum())


def poisson_upper(mean: float, chance: float = 0.999) -> int:
    """The count that is not exceeded with this chance."""
    total, count = exp(-mean), 0
    while total < chance:
        count += 1
        total += exp(-mean) * mean**count / factorial(count)
    return count


def test_probabilities_hold_on_days_that_were_held_back(office: State) -> None:
    fresh = hours(12, 14, seed=9, first_day=14)
    _, chance = office.learned["host"].judged(fresh, office.roles)
    for level in (0.1, 0.01):
        # Judged by two norms, of which the stranger counts twice: rather too rare than too often.
        assert 0.3 * level < (chance <= level).mean() < 1.8 * level


@pytest.mark.parametrize("per_day", [1.0, 5.0, 20.0])
def test_the_budget_is_kept_on_days_that_were_held_back(office: State, per_day: float) -> None:
    state = office.wanting(per_day)
    count = told(state, hours(12, 14, seed=10, first_day=14))
    wanted = state.learned["host"].budget.per_day * 14
    assert count <= poisson_upper(wanted)
    assert count > 0 or wanted < 7


@pytest.mark.long
def test_the_budget_is_kept_while_traffic_drifts(office: State) -> None:
    """Every day 5 % more than the day before, for two weeks, judged and learned day by day."""
    state, count = office, 0
    for today in by_day(hours(12, 14, seed=11, first_day=14, busier=1.05)):
        count += told(state, today)
        state = moved_on(state, {"host": today})
    assert count <= poisson_upper(state.learned["host"].budget.per_day * 14)


def test_what_was_not_there_before_is_found(office: State) -> None:
    state, fresh = office.wanting(3.0), hours(12, 5, seed=12, first_day=14)
    night, day = at(fresh, 3), at(fresh, 11)
    theft = night.with_columns(outside_sent_bytes=pl.lit(2e9))
    scan = day.with_columns(failed_flows=pl.lit(4e3), flows=pl.lit(4.1e3), ports=pl.lit(900.0))
    assert told(state, theft) >= 0.8 * theft.height
    assert told(state, scan) >= 0.9 * scan.height
    assert told(state, night) <= 0.1 * night.height


def attacked(days: int, nightly_bytes: float, rising: float = 1.0) -> list[pl.DataFrame]:
    """Days on which one host sends so much in each of four hours of the night, ever more."""
    made = []
    for number, today in enumerate(by_day(hours(12, days, seed=13, first_day=14))):
        start = today["window_start_ns"].min()
        assert isinstance(start, int)
        nightly = pl.concat([today.filter(SENDER)[:1]] * 4).with_columns(
            window_start_ns=pl.Series([(start // DAY_NS * 24 + h) * HOUR_NS for h in range(4)]),
            outside_sent_bytes=pl.lit(nightly_bytes * rising**number),
        )
        made.append(pl.concat([today.filter(~(SENDER & NIGHT)), nightly]))
    return made


@pytest.mark.long
def test_it_is_not_poisoned_by_more_of_the_same(office: State) -> None:
    """The same theft every night for ten nights stays a theft; the norm stays where it was."""
    state, place = office, office.learned["host"].subject.names.index("outside_sent_bytes")
    ranges, found = [], []
    for today in attacked(10, 8e9):
        theft = today.filter(SENDER & NIGHT)
        ranges.append(state.learned["host"].judged(theft, state.roles)[0].high[:, place].max())
        found.append(told(state.wanting(5.0), theft))
        state = moved_on(state, {"host": today})
    assert found[0] == 4
    assert found[-1] == 4
    assert ranges[-1] < 8e9 / 20
    withheld = state.learned["host"].withheld.filter(pl.col("outside_sent_bytes") == 8e9)
    assert withheld.height == 40, "what was seen is kept for a person to approve"
    assert state.learned["host"].history.filter(SENDER)["outside_sent_bytes"].max() < 8e9 / 20  # type: ignore[operator]


@pytest.mark.long
def test_a_patient_attacker_is_told_before_he_has_what_he_wants(office: State) -> None:
    """Twice as much every night, from 5 MB to 5 GB an hour."""
    state, nights = office.wanting(5.0), []
    for today in attacked(11, 5e6, rising=2.0):
        nights.append(told(state, today.filter(SENDER & NIGHT)))
        state = moved_on(state, {"host": today})
    assert sum(nights[:8]) >= 12, "before he sent a gigabyte an hour"
    assert nights[:1] == [0]


@pytest.mark.long
def test_any_order_of_the_rows_and_the_same_twice_give_the_same() -> None:
    rows = hours(8, 5, seed=3)
    once = moved_on(State.empty(), {"host": rows})
    shuffled = rows.sample(fraction=1.0, shuffle=True, seed=1)
    other = moved_on(State.empty(), {"host": shuffled}).learned["host"]
    assert other.history.equals(once.learned["host"].history)
    assert other.tail == once.learned["host"].tail
    twice = moved_on(once, {"host": rows}).learned["host"]
    assert twice.history.height == rows.height


def test_nothing_is_judged_before_it_is_ready() -> None:
    state = moved_on(State.empty(), {"host": hours(8, 2, seed=3)})
    assert not state.ready
    with pytest.raises(ValueError, match="nothing learned yet"):
        state.learned["host"].judged(hours(1, 1, seed=3), state.roles)
    assert moved_on(State.empty(Settings(ready_days=1.0)), {"host": hours(8, 2, seed=3)}).ready


@pytest.mark.long
def test_history_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    state = moved_on(State.empty(), {"host": hours(3, HISTORY_DAYS + 5, seed=3)})
    assert state.learned["host"].days <= HISTORY_DAYS
    monkeypatch.setattr("lynceus.baseline.learned.MOST_ROWS", 300)
    small = moved_on(State.empty(), {"host": hours(8, 9, seed=3)}).learned["host"]
    assert small.history.height <= 300
    assert small.forgotten > 0
    assert np.isfinite(small.rows_per_day)


def test_what_was_seen_in_one_hour_alone_is_not_ready_and_stops_nobody() -> None:
    rows = hours(6, 4, seed=3)
    first = rows["window_start_ns"].min()
    lonely = rows.filter(pl.col("window_start_ns") == first).with_columns(
        resp_p=pl.lit(443, pl.UInt16), proto=pl.lit("tcp")
    )
    schema = State.empty().learned["service"].history.schema
    state = moved_on(
        State.empty(),
        {"host": rows, "service": lonely.match_to_schema(schema, extra_columns="ignore")},
    )
    assert state.learned["host"].ready
    assert not state.learned["service"].ready
