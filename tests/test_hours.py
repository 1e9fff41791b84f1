"""`hours.py`: hours of the week, across midnights and the changes of the clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynceus.hours import Hours, holds, over, whole_week

BERLIN = ZoneInfo("Europe/Berlin")
UTC = ZoneInfo("UTC")
WEEK_NS = 7 * 24 * 3600 * 10**9


def at(text: str, zone: ZoneInfo = UTC) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("hours", "inside", "outside"),
    [
        ("08:00-18:00", "2024-05-01T08:00", "2024-05-01T18:00"),
        ("22:00-06:00", "2024-05-02T05:59", "2024-05-02T06:00"),
        ("mon-fri 22:00-06:00", "2024-05-04T05:00", "2024-05-05T05:00"),
        ("sat-mon 00:00-24:00", "2024-05-06T12:00", "2024-05-07T00:00"),
        ("wed 00:00-24:00", "2024-05-01T23:59", "2024-05-02T00:00"),
    ],
)
def test_what_lies_in_them(hours: str, inside: str, outside: str) -> None:
    one = [Hours.parse(hours)]
    assert holds(one, at(inside), UTC)
    assert not holds(one, at(outside), UTC)


def test_hours_follow_the_clock_on_the_wall() -> None:
    night = [Hours.parse("22:00-06:00")]
    for day in ("2024-03-30", "2024-10-26", "2024-05-01"):  # the clock changes in two of them
        ends = over(night, at(f"{day}T23:00", BERLIN), BERLIN)
        assert datetime.fromtimestamp(ends // 10**9, BERLIN).strftime("%H:%M") == "06:00"


def test_hours_that_follow_each_other_are_one() -> None:
    week_end = [Hours.parse("mon-fri 18:00-08:00"), Hours.parse("sat-sun 00:00-24:00")]
    assert over(week_end, at("2024-05-03T19:00"), UTC) == at("2024-05-06T08:00") - 8 * 3600 * 10**9
    assert over(week_end, at("2024-05-02T19:00"), UTC) == at("2024-05-03T08:00")
    assert over(week_end, at("2024-05-02T12:00"), UTC) == at("2024-05-02T12:00")


@given(
    st.lists(
        st.tuples(st.integers(0, 23), st.integers(0, 59), st.integers(0, 23), st.integers(0, 59)),
        min_size=1, max_size=3,
    ),
    st.integers(0, WEEK_NS * 60),
)  # fmt: skip
def test_they_are_over_when_none_holds(
    parts: list[tuple[int, int, int, int]], after_ns: int
) -> None:
    hours = [
        Hours.parse(f"{a:02}:{b:02}-{c:02}:{d:02}") for a, b, c, d in parts if (a, b) != (c, d)
    ]
    if whole_week(hours):
        return
    begin = at("2024-01-01T00:00") + after_ns
    ends = over(hours, begin, BERLIN)
    assert begin <= ends < begin + WEEK_NS
    assert not holds(hours, ends, BERLIN)
    middle = (begin + ends) // 2
    assert ends == begin or holds(hours, middle, BERLIN) or holds(hours, begin, BERLIN)


def test_a_whole_week_is_none() -> None:
    assert whole_week([Hours.parse("00:00-24:00")])
    assert whole_week([Hours.parse("06:00-22:00"), Hours.parse("22:00-06:00")])
    assert not whole_week([Hours.parse("mon-sat 00:00-24:00")])


@pytest.mark.parametrize(
    "wrong", ["", "8-18", "08:00", "25:00-26:00", "08:00-08:00", "moo 08:00-18:00", "24:00-08:00",
              "08:60-09:00", "mon-xyz 08:00-18:00"],
)  # fmt: skip
def test_what_are_no_hours(wrong: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        Hours.parse(wrong)
