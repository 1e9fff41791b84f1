"""When rows are counted."""

from __future__ import annotations

from lynceus.live.uncounted import COUNTED_ROWS, NEAR_ROWS, NEAR_S, Uncounted
from lynceus.moments import NS
from lynceus.records import Batch
from lynceus.testing import flow, flows

STEP = 60 * NS
BEGIN = 1_700_000_040 * NS


def waiting(rows: int) -> Uncounted:
    held = Uncounted()
    held.taken(BEGIN)
    held.rows = rows
    return held


def test_many_rows_are_counted_or_those_of_a_window_that_closes() -> None:
    middle = BEGIN + STEP // 2
    assert not waiting(COUNTED_ROWS - 1).due(middle, STEP)
    assert waiting(COUNTED_ROWS).due(middle, STEP)
    assert waiting(COUNTED_ROWS).due(None, STEP)
    assert not waiting(0).due(BEGIN + STEP - 1, STEP)
    assert waiting(0).due(BEGIN + STEP, STEP)


def test_little_is_left_waiting_shortly_before_one_closes() -> None:
    near = BEGIN + STEP - NEAR_S * NS
    assert not waiting(NEAR_ROWS).due(near - 1, STEP)
    assert waiting(NEAR_ROWS).due(near, STEP)
    assert not waiting(NEAR_ROWS - 1).due(near, STEP)


def test_rows_wait_until_they_are_taken() -> None:
    held = Uncounted()
    for _ in range(2):
        held.add(Batch(flows([flow()])))
    assert (held.rows, held.so_far().rows) == (2, 2)
    assert held.taken(BEGIN).rows == 2
    assert (held.rows, held.counted_ns) == (0, BEGIN)
