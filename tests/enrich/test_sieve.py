"""What is known always passes the sieve, and little else does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynceus.enrich.sieve import Sieve, spread

NUMBERS = st.lists(st.integers(0, 2**32 - 1), max_size=40)


@given(NUMBERS, NUMBERS)
def test_what_is_known_stays(known: list[int], asked: list[int]) -> None:
    sieve = Sieve(spread(np.array(known, dtype=np.uint32)))
    stay = sieve.stay(spread(np.array([*asked, *known], dtype=np.int64))).tolist()
    assert stay == sorted(stay)
    assert {row for row, one in enumerate([*asked, *known]) if one in known} <= set(stay)


@pytest.mark.parametrize("step", [1, 256, 65_536])
def test_what_is_not_known_mostly_falls_through(step: int) -> None:
    numbers = np.arange(40_000, dtype=np.int64) * step % 2**32
    sieve = Sieve(spread(numbers[::2]))
    assert len(sieve.stay(spread(numbers[1::2]))) < len(numbers) / 2 / 6


def test_of_nothing_known_nothing_stays() -> None:
    assert not len(Sieve(spread(np.zeros(0, dtype=np.uint32))).stay(spread(np.arange(100))))
