"""Hours of the week as people write them: `mon-fri 08:00-18:00`, `22:00-06:00`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from lynceus.moments import NS

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM = re.compile(
    r"(?:(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? +)?"
    r"(?P<start>\d\d:\d\d) *- *(?P<stop>\d\d:\d\d)"
)
DAY = 24 * 60


@dataclass(frozen=True)
class Hours:
    """A part of some days, in minutes after midnight; one that ends before it begins goes on into
    the next day."""

    days: frozenset[int]
    start: int
    stop: int

    @staticmethod
    def parse(text: str) -> Hours:
        """Raises `ValueError` on what is no such text."""
        found = _FORM.fullmatch(text.strip().lower())
        if not found:
            raise ValueError(f"{text!r}: expected hours such as mon-fri 08:00-18:00")
        start, stop = _minutes(found["start"]), _minutes(found["stop"])
        if start == stop or start >= DAY:
            raise ValueError(f"{text!r}: expected an end other than its begin")
        return Hours(_days(found["first"], found["last"]), start, stop)

    def holds(self, when: datetime) -> bool:
        """Whether a local time lies in them."""
        minute, day = when.hour * 60 + when.minute, when.weekday()
        if self.start < self.stop:
            return day in self.days and self.start <= minute < self.stop
        yesterday = (day - 1) % 7
        return (day in self.days and minute >= self.start) or (
            yesterday in self.days and minute < self.stop
        )

    def end(self, when: datetime) -> datetime:
        """The local time at which the hours that hold `when` are over."""
        minute = when.hour * 60 + when.minute
        over_night = self.start > self.stop and minute >= self.start
        midnight = when.replace(hour=0, minute=0, second=0, microsecond=0)
        days, rest = divmod(self.stop + (DAY if over_night else 0), DAY)
        return midnight + timedelta(days=days, minutes=rest)


def holds(hours: Sequence[Hours], at_ns: int, zone: ZoneInfo) -> bool:
    """Whether a time lies in any of them."""
    return any(one.holds(_local(at_ns, zone)) for one in hours)


def over(hours: Sequence[Hours], at_ns: int, zone: ZoneInfo) -> int:
    """The first time from `at_ns` on that lies in none of them, in ns since 1970."""
    when = at_ns
    while found := [one for one in hours if one.holds(_local(when, zone))]:
        ends = max(one.end(_local(when, zone)) for one in found)
        # An hour that the clock skips in spring ends no later than it begins.
        when = max(int(ends.timestamp()) * NS, when + 60 * NS)
    return when


def whole_week(hours: Sequence[Hours]) -> bool:
    """Whether nothing of the week is left: all that is left would begin where some hours end."""
    monday = datetime(2024, 1, 1, tzinfo=UTC)
    ends = [
        one.end(monday + timedelta(days=day, minutes=one.start))
        for one in hours
        for day in one.days
    ]
    return bool(ends) and all(any(one.holds(end) for one in hours) for end in ends)


def _local(at_ns: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at_ns // NS, zone)


def _minutes(text: str) -> int:
    hour, minute = int(text[:2]), int(text[3:])
    if minute > 59 or hour * 60 + minute > DAY:
        raise ValueError(f"{text!r}: expected a time of the day such as 22:30")
    return hour * 60 + minute


def _days(first: str | None, last: str | None) -> frozenset[int]:
    if first is None:
        return frozenset(range(7))
    for name in filter(None, (first, last)):
        if name not in DAYS:
            raise ValueError(f"{name!r}: expected one of {', '.join(DAYS)}")
    start, stop = DAYS.index(first), DAYS.index(last or first)
    return frozenset((start + n) % 7 for n in range((stop - start) % 7 + 1))
