"""How long windows wait is learnt from how late flows are told of."""

from __future__ import annotations

import json

import polars as pl

from lynceus.ingest.feeds.delays import AHEAD_NS, MINUTES, Delays
from lynceus.moments import NS

BEGIN = 1_700_000_000 * NS
MOST_S = 120.0


def ends(*ns: int) -> pl.Series:
    return pl.Series(ns, dtype=pl.Int64)


def learnt(delays_s: list[float], seconds: int = 300) -> Delays:
    """A second after the other, flows that are told of so long after their end."""
    delays = Delays(MOST_S)
    for second in range(seconds):
        now = BEGIN + second * NS
        delays.saw(ends(*(now - int(d * NS) for d in delays_s)), now)
    return delays


def waited_s(delays: Delays, now_ns: int) -> float:
    past = delays.past_ns(now_ns)
    assert past is not None
    return (now_ns - past) / NS


def test_as_long_is_waited_as_the_slowest_take() -> None:
    now = BEGIN + 300 * NS
    assert 0.5 <= waited_s(learnt([0.1, 0.5]), now) <= 1.0
    assert 15.0 <= waited_s(learnt([0.1, 15.0]), now) <= 15.6
    assert waited_s(learnt([0.0, 500.0]), now) <= 0.5, "beyond what is allowed is never waited for"


def test_until_it_is_known_it_is_waited_as_long_as_is_allowed() -> None:
    assert Delays(MOST_S).past_ns(BEGIN) is None
    short = learnt([0.0], seconds=60)
    assert waited_s(short, BEGIN + 60 * NS) == MOST_S
    assert waited_s(short, BEGIN + 121 * NS) < 1


def test_many_flows_teach_sooner_but_not_before_the_slowest_could_be_told() -> None:
    def begun(delays_s: list[float], seconds: int) -> float:
        """Ten thousand flows a second of an exporter that has just begun."""
        delays = Delays(MOST_S)
        for second in range(seconds + 1):
            now = BEGIN + second * NS
            due = [d for d in delays_s if d <= second] * (10_000 // len(delays_s))
            delays.saw(ends(*(now - int(d * NS) for d in due)), now)
        return waited_s(delays, now)

    assert begun([0.5], 25) >= MOST_S, "too short"
    assert begun([0.5], 31) <= 1.0
    assert 15.0 <= begun([0.5, 15.0], 40) <= 15.6
    assert begun([0.5, 25.0], 45) >= MOST_S, "slower ones may follow"
    assert 25.0 <= begun([0.5, 25.0], 55) <= 25.6


def test_one_of_very_many_is_not_waited_for_and_one_of_few_is() -> None:
    for many, waits in ((1_000, False), (1, True)):
        delays = learnt([0.0] * many)
        now = BEGIN + 300 * NS
        delays.saw(ends(now - 60 * NS), now)
        assert (waited_s(delays, now) >= 60) == waits


def test_a_clock_that_is_behind_does_not_count_as_slow() -> None:
    behind = learnt([3600.0, 3601.0])
    assert 3601 <= waited_s(behind, BEGIN + 300 * NS) <= 3602
    ahead = learnt([-20.0, -19.0])
    assert -19 <= waited_s(ahead, BEGIN + 300 * NS) <= -18


def test_a_clock_that_was_set_is_known_after_some_minutes() -> None:
    delays = learnt([0.0], seconds=200)
    for second in range(200, 200 + (MINUTES + 2) * 60):
        now = BEGIN + second * NS
        delays.saw(ends(now - 3600 * NS), now)
    assert 3600 <= waited_s(delays, now) <= 3601


def test_ends_far_in_the_future_teach_nothing() -> None:
    delays = learnt([1.0])
    now = BEGIN + 300 * NS
    before = waited_s(delays, now)
    delays.saw(ends(now + 2 * AHEAD_NS), now)
    delays.saw(pl.Series([None], dtype=pl.Int64), now)
    assert waited_s(delays, now) == before


def test_what_was_learnt_outlives_a_restart() -> None:
    delays = learnt([0.1, 7.0, 3.3])
    again = Delays.of(json.loads(json.dumps(delays.told())), MOST_S)
    now = BEGIN + 301 * NS
    assert again.past_ns(now) == delays.past_ns(now)
    for one in (delays, again):
        one.saw(ends(now - 9 * NS, now), now)
    assert again.told() == delays.told()
    assert waited_s(Delays.of(delays.told(), 5.0), now) <= 5.1
