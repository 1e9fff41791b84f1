"""Exporters began at one time, though whole seconds make each header say another."""

from __future__ import annotations

import numpy as np

from lynceus.ingest.export_clocks import MOST_SET_BACK, Clocks

NS = 1_000_000_000
BEGAN = 1_714_550_400 * NS + 400_000_000


def told(*after_s: float, began_ns: int = BEGAN) -> np.ndarray:
    """What headers say that are sent so long after the exporter began."""
    sent = np.array([began_ns + int(s * NS) for s in after_s])
    uptime_ns = np.array([int(s * 1_000) * 1_000_000 for s in after_s])
    headers: np.ndarray = sent // NS * NS - uptime_ns
    return headers


def finer(clocks: Clocks, headers: np.ndarray, session: int = 1) -> np.ndarray:
    return clocks.finer(np.full(headers.size, session), headers)


def test_the_latest_that_was_said_is_nearest_and_any_cut_says_the_same() -> None:
    headers = told(*np.arange(1.0, 30.0, 0.37))
    whole = finer(Clocks(), headers)
    assert BEGAN - NS < headers.min() < BEGAN - 9 * NS // 10
    assert 0 <= BEGAN - whole[-1] < NS // 20
    assert (np.diff(whole) >= 0).all()
    clocks = Clocks()
    cut = [finer(clocks, part) for part in np.array_split(headers, 7)]
    assert (np.concatenate(cut) == whole).all()


def test_sessions_are_told_apart() -> None:
    clocks = Clocks()
    both = clocks.finer(np.array([1, 2, 1, 2]), np.array([5, NS * 90, 7, NS * 80]))
    assert both.tolist() == [5, NS * 90, 7, NS * 80]
    clocks.forget({2, 9})
    assert clocks.began == {1: 7}


def test_a_clock_that_is_set_back_is_believed() -> None:
    back = told(40, 41.5, began_ns=BEGAN - 100 * NS)
    clocks = Clocks()
    once = finer(clocks, np.concatenate([told(1, 2.5), back]))
    assert (once[:2] > BEGAN - NS).all() and (once[2:] < BEGAN - 99 * NS).all()
    finer(clocks, told(1, 2.5))
    assert (finer(clocks, back) < BEGAN - 99 * NS).all()


def test_a_clock_that_jumps_again_and_again_is_left_as_it_says() -> None:
    wild = np.array([BEGAN - 5 * NS * n for n in range(MOST_SET_BACK + 5)])
    clocks = Clocks()
    assert (finer(clocks, wild) == wild).all()
    assert clocks.began == {}
