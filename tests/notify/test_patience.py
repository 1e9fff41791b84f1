"""`patience.py`: pauses grow within bounds, and never all end at one moment."""

from __future__ import annotations

from itertools import pairwise

from lynceus.notify.patience import (
    FAILURES,
    FIRST_S,
    LONGEST_S,
    REST_S,
    after_failure,
    pause_ns,
)
from lynceus.store.outbox import Circuit

SECOND_NS = 10**9


def test_pauses_grow_and_have_an_end() -> None:
    for attempts in range(1, 100):
        pause_s = pause_ns("key", attempts) / SECOND_NS
        usual_s = min(FIRST_S * 2 ** (attempts - 1), LONGEST_S)
        assert usual_s / 2 <= pause_s <= usual_s * 1.5


def test_messages_that_failed_together_come_back_apart() -> None:
    pauses = sorted(pause_ns(f"key {n}", 4) for n in range(200))
    assert pauses[-1] > 2 * pauses[0]
    assert max(b - a for a, b in pairwise(pauses)) < 5 * SECOND_NS
    assert pause_ns("key 1", 4) == pause_ns("key 1", 4)


def failed(times: int, *, locked: bool = False, after_s: float | None = None) -> Circuit:
    circuit = Circuit()
    for _ in range(times):
        circuit = after_failure("soc", circuit, "why", 0, locked=locked, after_s=after_s)
    return circuit


def test_a_channel_rests_after_several_failures_and_longer_each_time() -> None:
    assert failed(FAILURES - 1).until_ns == 0
    first, second = failed(FAILURES).until_ns, failed(FAILURES + 1).until_ns
    assert 0.75 * REST_S <= first / SECOND_NS <= 1.25 * REST_S < second / SECOND_NS
    assert failed(100).until_ns / SECOND_NS <= LONGEST_S * 1.25


def test_wrong_settings_rest_it_at_once() -> None:
    assert failed(1, locked=True).until_ns > 0
    assert failed(1, locked=True).failures == FAILURES


def test_what_the_service_asks_for_is_heard_within_a_day() -> None:
    assert failed(1, after_s=120).until_ns == 120 * SECOND_NS
    assert failed(1, after_s=10**9).until_ns == 24 * 3600 * SECOND_NS
