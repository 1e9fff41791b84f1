"""When an hour lies."""

from __future__ import annotations

import polars as pl

from baseline.made import MONDAY_NS
from lynceus.baseline.season import DAY_NS, HOUR_NS, hour_text, season_text, seasons, with_seasons


def test_hours_of_the_week_by_hand() -> None:
    starts = [MONDAY_NS + 3 * HOUR_NS, MONDAY_NS + 6 * DAY_NS + 23 * HOUR_NS]
    rows = with_seasons(pl.DataFrame({"window_start_ns": starts}))
    assert rows["part"].to_list() == [1, 7]
    assert rows["kind_part"].to_list() == [1, 107]
    assert rows["day_part"].to_list() == [1, 67]
    assert rows.select(season_text("day_part")).to_series().to_list() == [
        "Mondays 03:00 to 06:00",
        "Sundays 21:00 to 24:00",
    ]
    assert rows.select(season_text("kind_part")).to_series()[1] == "weekends 21:00 to 24:00"
    assert rows.select(season_text("part")).to_series()[0] == "03:00 to 06:00"
    assert rows.select(hour_text()).to_series().to_list() == ["03:00", "23:00"]


def test_seasons_grow_finer_with_the_history() -> None:
    assert [len(seasons(days)) for days in (1, 6, 7, 20, 21, 30)] == [1, 1, 2, 2, 3, 3]
