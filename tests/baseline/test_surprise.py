"""How far an hour is from its norm."""

from __future__ import annotations

import numpy as np
import polars as pl

from baseline.made import at, hours
from lynceus.baseline.norms import with_kin
from lynceus.baseline.state import State
from lynceus.baseline.subject import HOST
from lynceus.baseline.surprise import MOST, Judged, judge


def judged(office: State, rows: pl.DataFrame) -> Judged:
    norms = office.learned["host"].norms
    assert norms is not None
    return judge(norms, with_kin(rows, office.roles))


def test_more_of_one_number_is_told_by_that_number(office: State) -> None:
    rows = at(hours(12, 1, seed=2, first_day=14), 10)[:5]
    plain = judged(office, rows)
    found = judged(office, rows.with_columns(outside_sent_bytes=pl.lit(4e9)))
    sent = HOST.names.index("outside_sent_bytes")
    assert (found.surprise > plain.surprise + 1).all()
    assert (np.abs(found.deviations).argmax(1) == sent).all()
    assert (found.high[:, sent] < 4e9).all()
    assert (np.abs(found.deviations) <= MOST).all()


def test_less_counts_less_than_more(office: State) -> None:
    rows = at(hours(12, 1, seed=2, first_day=14), 10)[:5]
    less = judged(office, rows.with_columns(outside_sent_bytes=pl.lit(1.0)))
    more = judged(office, rows.with_columns(outside_sent_bytes=pl.lit(4e9)))
    assert (less.surprise < more.surprise).all()


def test_an_odd_hour_is_odd(office: State) -> None:
    day, night = (at(hours(12, 5, seed=2, first_day=14), clock) for clock in (10, 3))
    people = ~pl.col("host").is_in(["10.0.0.1", "10.0.0.11"])
    assert judged(office, day.filter(people)).deviations[:, -1].mean() < 0.5
    assert judged(office, night.filter(people)).deviations[:, -1].mean() > 1.0


def test_unknown_numbers_are_no_surprise(office: State) -> None:
    rows = at(hours(12, 1, seed=2, first_day=14), 10)[:5]
    blind = rows.with_columns(outside_sent_bytes=pl.lit(None, pl.Float64))
    place = HOST.names.index("outside_sent_bytes")
    assert (judged(office, blind).deviations[:, place] == 0).all()
    assert judged(office, rows.clear()).surprise.size == 0
