"""What a person says of a change."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from baseline.made import by_day, hours
from lynceus.baseline.approval import approved, forgotten, moved
from lynceus.baseline.learning import moved_on
from lynceus.baseline.state import State, StateError

pytestmark = pytest.mark.long
"""Months of made traffic; `tests/cli/test_baseline.py` approves a change in every run."""

NEW = "10.0.0.3"


@pytest.fixture(scope="module")
def changed(office: State) -> tuple[State, pl.DataFrame]:
    """A host begins to send far more in every hour of two days; and another day of it."""
    days = by_day(hours(12, 3, seed=21, first_day=14))
    sent = pl.when(pl.col("host") == NEW).then(2e9).otherwise(pl.col("outside_sent_bytes"))
    days = [day.with_columns(outside_sent_bytes=sent) for day in days]
    state = office
    for day in days[:2]:
        state = moved_on(state, {"host": day})
    return state, days[2]


def chances(
    state: State, rows: pl.DataFrame, own: bool
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    chosen = rows.filter((pl.col("host") == NEW) == own)
    return state.learned["host"].judged(chosen, state.roles)[1]


def test_an_approved_change_is_usual_and_nothing_else_is(
    changed: tuple[State, pl.DataFrame],
) -> None:
    state, fresh = changed
    line = state.learned["host"].line
    assert (chances(state, fresh, own=True) <= line).mean() > 0.5
    after = approved(state, NEW, "a backup goes outside now")
    assert (chances(after, fresh, own=True) <= line).mean() < 0.1
    before, now = (s.learned["host"].history.filter(pl.col("host") != NEW) for s in (state, after))
    assert now.equals(before), "what is known of others is untouched"
    others = np.abs(chances(after, fresh, own=False) - chances(state, fresh, own=False))
    assert np.median(others) < 0.05
    assert after.approvals[-1]["entity"] == NEW
    assert after.learned["host"].withheld.filter(pl.col("host") == NEW).is_empty()


def test_one_number_alone_is_rebased(changed: tuple[State, pl.DataFrame]) -> None:
    state, fresh = changed
    after = approved(state, NEW, "backup", numbers=["outside_sent_bytes"])
    before, now = (s.learned["host"].history.filter(pl.col("host") == NEW) for s in (state, after))
    assert now.height == before.height
    assert now["flows"].equals(before["flows"])
    assert now["outside_sent_bytes"].null_count() > 0
    assert now["outside_sent_bytes"].max() == 2e9
    assert (chances(after, fresh, own=True) <= state.learned["host"].line).mean() < 0.1


def test_a_moved_server_takes_its_past_along(office: State) -> None:
    server, elsewhere = "10.0.0.1", "10.0.9.1"
    after = moved(office, server, elsewhere, "new rack")
    history = after.learned["host"].history
    assert history.filter(pl.col("host") == server).is_empty()
    own = office.learned["host"].history.filter(pl.col("host") == server)
    assert history.filter(pl.col("host") == elsewhere).height == own.height
    fresh = hours(12, 1, seed=22, first_day=14).filter(pl.col("host") == server)
    there = fresh.with_columns(host=pl.lit(elsewhere))
    assert (after.learned["host"].judged(there, after.roles)[1] > 0.001).mean() > 0.9


def test_a_forgotten_host_is_learned_anew(office: State) -> None:
    after = forgotten(office, NEW)
    assert after.learned["host"].history.filter(pl.col("host") == NEW).is_empty()
    assert after.learned["host"].history.height > 0


def test_what_is_not_known_cannot_be_approved(office: State) -> None:
    with pytest.raises(StateError, match=r"192\.0\.2\.1: the baseline knows no such host"):
        approved(office, "192.0.2.1", "why")
    with pytest.raises(StateError, match="no number 'bites'"):
        approved(office, NEW, "why", numbers=["bites"])
    quiet = office.learned["host"].withheld["host"].to_list()
    calm = next(f"10.0.0.{n}" for n in range(1, 13) if f"10.0.0.{n}" not in quiet)
    with pytest.raises(StateError, match="nothing strange was withheld"):
        approved(office, calm, "why")
