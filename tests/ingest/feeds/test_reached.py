"""Time stands where the one stands that is furthest behind, and never goes back."""

from __future__ import annotations

from lynceus.ingest.feeds.reached import Reached

S = 1_000_000_000


def test_time_is_the_last_end_less_the_lateness() -> None:
    assert Reached().after(100 * S, [], 10.0) == Reached(100 * S, 90 * S)
    assert Reached().after(None, [], 10.0) == Reached()


def test_what_is_behind_holds_it() -> None:
    begun = Reached(100 * S, 40 * S)
    assert begun.after(110 * S, [70 * S, 90 * S], 10.0) == Reached(110 * S, 60 * S)
    assert begun.after(110 * S, [70 * S, None], 10.0) == Reached(110 * S, 40 * S)
    assert begun.after(90 * S, [20 * S], 10.0) == Reached(100 * S, 40 * S)
