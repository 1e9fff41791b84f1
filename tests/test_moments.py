"""`moments`: times as people and tools read them."""

from __future__ import annotations

from datetime import UTC, datetime

from lynceus.correlate.wording import time_text
from lynceus.moments import NS, YEAR_UNKNOWN, moment, rfc3339, written


def ns(*date: int) -> int:
    return int(datetime(*date, tzinfo=UTC).timestamp()) * NS  # type: ignore[misc,arg-type]


def test_times_are_utc_and_impossible_ones_are_unknown() -> None:
    assert rfc3339(1_714_521_600_123_456_789) == "2024-05-01T00:00:00.123456Z"
    assert rfc3339(2**63 - 1) == "2262-04-11T23:47:16.854775Z"
    assert (rfc3339(None), written(None), moment(None)) == (None, None, None)
    assert moment(10**21) is None
    assert time_text(-1) == "1969-12-31 23:59:59 UTC"
    assert time_text(None) == "an unknown time"
    assert written(0) == "1970-01-01 00:00:00", "a clock that was never set is a time"


def test_a_year_that_nobody_told_is_not_made_up() -> None:
    untold = ns(YEAR_UNKNOWN, 11, 21, 10, 0, 1)
    assert rfc3339(untold) is None
    assert time_text(untold) == "11-21 10:00:01 UTC"
    assert written(ns(YEAR_UNKNOWN + 1, 1, 2), "%d %b") == "02 Jan"
