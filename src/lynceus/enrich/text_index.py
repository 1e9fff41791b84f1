"""Finds texts among millions, whole columns at a time: by their hash, and then by themselves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from lynceus.enrich.prefixes import Ints, places
from lynceus.enrich.sieve import Sieve

_SEED = 20_24


def _hashes(texts: pl.Series) -> npt.NDArray[np.uint64]:
    found: npt.NDArray[np.uint64] = texts.hash(_SEED).to_numpy()
    return found


class TextIndex:
    """The row of each text in a column of distinct texts.

    A look-up that passes the sieve is one binary search for the hash and one comparison with the
    text, so that two texts of one hash are still told apart.
    """

    def __init__(self, texts: pl.Series) -> None:
        """Takes distinct texts; of one that is there twice the first counts."""
        self._texts = texts
        hashes = _hashes(texts)
        self._rows = np.argsort(hashes, kind="stable").astype(np.uint32)
        self._sorted = hashes[self._rows]
        self._sieve = Sieve(hashes)

    def __len__(self) -> int:
        """How many texts it knows."""
        return len(self._texts)

    def find(self, values: pl.Series) -> Ints:
        """Row of the known text that each value equals, -1 where none does."""
        found = np.full(len(values), -1, dtype=np.int64)
        if not len(self._rows) or not len(values):
            return found
        wanted = _hashes(values)
        row = self._sieve.stay(wanted)
        place = np.empty(len(values), dtype=np.int64)
        place[row] = places(self._sorted, wanted[row])
        row = row[place[row] < len(self._sorted)]
        while len(row):
            row = row[self._sorted[place[row]] == wanted[row]]
            known = self._rows[place[row]].astype(np.int64)
            equal = (self._texts.gather(known) == values.gather(row)).fill_null(False).to_numpy()
            found[row[equal]] = known[equal]
            row = row[~equal]
            place[row] += 1
            row = row[place[row] < len(self._sorted)]
        return found
