from __future__ import annotations

import datetime

import polars as pl
import pytest

from lynceus.account import Account
from lynceus.ingest.arrival_times import by_arrival
from lynceus.ingest.syslog import written_times

ARRIVED = datetime.datetime(2026, 1, 1, 0, 10, 0, tzinfo=datetime.UTC)


def read(written: str, tz: str | None = None) -> tuple[str, int]:
    """What a line written so and come at `ARRIVED` tells, in UTC; and how many zones were found."""
    account = Account()
    arrived = pl.Series([int(ARRIVED.timestamp()) * 10**9])
    rows = pl.DataFrame({"written": [written], "tz": [tz]}, schema_overrides={"tz": pl.String})
    (row,) = by_arrival(rows, arrived, account).iter_rows()
    whole = row[0] if row[1] is None else f"{row[0]} {row[1]}"
    (when,) = written_times(pl.Series([whole], dtype=pl.String), Account())
    moment = datetime.datetime.fromtimestamp(when / 1e9, datetime.UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}", account.notes.get("zones_told_by_arrival", 0)


@pytest.mark.parametrize(
    ("written", "expected", "zones"),
    [
        ("Jan  1 00:09:58", "2026-01-01 00:09:58", 0),
        ("Dec 31 23:59:00", "2025-12-31 23:59:00", 0),
        ("Jan  1 01:09:58", "2026-01-01 00:09:58", 1),
        ("Jan  1 05:39:58.250", "2026-01-01 00:09:58", 1),
        ("Dec 31 16:10:01", "2026-01-01 00:10:01", 1),
        ("2026-01-01 02:09:58", "2026-01-01 00:09:58", 1),
        ("2026-01-01T01:09:58+01:00", "2026-01-01 00:09:58", 0),
        ("2026-01-01T00:09:58Z", "2026-01-01 00:09:58", 0),
        ("Jan  1 01:09:58 CET", "2026-01-01 00:09:58", 0),
        ("Dec 31 20:20:00", "2025-12-31 20:20:00", 0),
        ("Dec 20 09:00:00", "2025-12-20 09:00:00", 0),
    ],
)
def test_what_a_time_leaves_out_is_told_by_its_arrival(
    written: str, expected: str, zones: int
) -> None:
    assert read(written) == (expected, zones)


def test_a_zone_that_the_device_tells_stays() -> None:
    assert read("Jan  1 03:09:58", "+02:00") == ("2026-01-01 01:09:58", 0)
