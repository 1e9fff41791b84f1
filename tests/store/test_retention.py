"""`store/retention.py`: the oldest goes, by age and by size, of the class that was named alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.records import EVENT_SCHEMAS, Batch
from lynceus.store.lake import HOUR_NS, Lake
from lynceus.store.retention import CLASSES, Keep, retain
from lynceus.store.rollup import roll_up
from store.stored import DAY_NS, at


def lake_of(folder: Path, *hours: float) -> Lake:
    lake = Lake(folder)
    lake.add(Batch(at(*hours)))
    roll_up(lake)
    return lake


def test_what_is_older_than_its_age_goes(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, 0.5, 1.5, 2.5)
    gone = retain(lake, {"flows": Keep(age="1h")}, DAY_NS + 3 * HOUR_NS)
    assert [hour.hour for hour in lake.hours("flows")] == [2]
    assert gone["flows"].partitions == 2
    assert gone["flows"].bytes > 0
    assert len(lake.hours("host_hour")) == 3, "roll-ups are a class of their own"


def test_a_day_of_roll_ups_is_over_when_the_day_is(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, 0.5)
    retain(lake, {"days": Keep(age="1h")}, DAY_NS + 24 * HOUR_NS)
    assert lake.hours("host_day")
    retain(lake, {"days": Keep(age="1h")}, DAY_NS + 25 * HOUR_NS)
    assert not lake.hours("host_day")


def test_the_oldest_go_until_the_rest_fits(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, 0.5, 1.5, 2.5)
    sizes = [
        path.stat().st_size for hour in lake.hours("flows") for path in lake.files("flows", hour)
    ]
    retain(lake, {"flows": Keep(size=f"{sum(sizes[1:])} B")}, DAY_NS)
    assert [hour.hour for hour in lake.hours("flows")] == [1, 2]
    retain(lake, {"flows": Keep(size="0B")}, DAY_NS)
    assert lake.hours("flows") == []


def test_every_table_has_a_class() -> None:
    tables = [table for tables in CLASSES.values() for table in tables]
    assert len(tables) == len(set(tables)) == 1 + len(EVENT_SCHEMAS) + 9


@pytest.mark.parametrize("wrong", [{"age": "3"}, {"age": "0d"}, {"size": "3 parsecs"}])
def test_ages_and_sizes_that_are_none(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="expected a number"):
        Keep(**wrong)
