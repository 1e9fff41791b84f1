"""`decay`: how much an indicator still counts after a while."""

from __future__ import annotations

import polars as pl
import pytest

from lynceus.decay import DAY_NS, LEAST, LIFETIME_DAYS, kept
from lynceus.enrich.indicator import KINDS


def share(at: int | None, seen: int | None, until: int | None = None, days: float = 100.0) -> float:
    rows = pl.DataFrame(
        {"at": [at], "seen": [seen], "until": [until]},
        schema={"at": pl.Int64, "seen": pl.Int64, "until": pl.Int64},
    )
    return float(rows.select(kept(pl.col("at"), pl.col("seen"), pl.col("until"), days)).item())


@pytest.mark.parametrize(
    ("age_days", "left"), [(0, 1.0), (10, 0.99), (50, 0.75), (90, 0.19), (100, LEAST), (400, LEAST)]
)
def test_by_hand(age_days: int, left: float) -> None:
    assert share(age_days * DAY_NS, 0) == pytest.approx(left)


def test_without_a_date_nothing_is_lost() -> None:
    assert share(None, 5) == share(5, None) == 1.0


def test_what_was_met_before_it_was_listed_is_as_sure_as_on_that_day() -> None:
    assert share(0, 12 * DAY_NS) == 1.0


def test_what_has_run_out_counts_for_next_to_nothing() -> None:
    assert share(2 * DAY_NS, 0, until=DAY_NS) == LEAST
    assert share(DAY_NS, 0, until=2 * DAY_NS) == pytest.approx(0.9999)


def test_every_kind_has_a_lifetime() -> None:
    assert set(LIFETIME_DAYS) == set(KINDS)
