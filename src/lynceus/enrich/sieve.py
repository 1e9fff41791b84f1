"""A sieve before a search among millions: most of what is not there falls through at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]

_BITS_A_KEY = 8
_ODD = np.uint64(0x9E3779B97F4A7C15)
"""2 ** 64 by the golden ratio: the upper bits of a number times this are spread evenly."""
_HALF = np.uint64(32)


def spread(numbers: npt.NDArray[Any]) -> Hashes:
    """Numbers as hashes, of which the upper bits count; neighbours and multiples lie apart."""
    hashes = numbers.astype(np.uint64) * _ODD
    hashes ^= hashes >> _HALF
    hashes *= _ODD
    return hashes


class Sieve:
    """One bit for each of many places of a hash, set where a known key has its own.

    What is known always stays; of what is not, about one in eight or fewer stays as well. It takes
    one to two bytes a key: the search that it spares goes over columns that no cache holds.
    """

    def __init__(self, known: Hashes) -> None:
        """Takes the hashes of what is known."""
        bits = max(3, (_BITS_A_KEY * len(known)).bit_length())
        self._shift = np.uint64(64 - bits)
        held = np.zeros(1 << bits, dtype=np.bool_)
        held[known >> self._shift] = True
        self._held = np.packbits(held, bitorder="little")

    def stay(self, hashes: Hashes) -> npt.NDArray[np.int64]:
        """The rows that may be known, in order."""
        place = hashes >> self._shift
        byte = self._held[place >> np.uint64(3)]
        bit = (place & np.uint64(7)).astype(np.uint8)
        return np.flatnonzero((byte >> bit) & np.uint8(1))
