"""Single addresses among millions, whole columns at a time."""

from __future__ import annotations

import numpy as np
import polars as pl

from lynceus.enrich.prefixes import Ints, Keys, Parsed, parse, places
from lynceus.enrich.sieve import Sieve, spread

_PIECE = 131_072
"""Addresses that are read at once: bounds what is needed in between."""


class HostTable:
    """Finds single addresses among millions."""

    def __init__(self, hosts: pl.Series) -> None:
        """Takes addresses as text; of one that is there twice the first counts."""
        pieces = hosts.to_frame().iter_slices(_PIECE)
        parts = [parse(piece.to_series()) for piece in pieces]
        begins = np.cumsum([0, *(part.length for part in parts)])[:-1]

        def of(rows: list[Ints], keys: list[Keys]) -> tuple[Keys, Ints]:
            row = np.concatenate(
                [np.zeros(0, np.int64), *(r + b for r, b in zip(rows, begins, strict=True))]
            )
            key = np.concatenate(keys) if keys else np.zeros(0, dtype=np.uint32)
            order = np.argsort(key, kind="stable")
            return key[order], row[order]

        self._v4, self._v4_rows = of(
            [p.v4_rows for p in parts], [p.v4.astype(np.uint32) for p in parts]
        )
        self._sieve = Sieve(spread(self._v4))
        self._v6, self._v6_rows = of([p.v6_rows for p in parts], [p.v6 for p in parts])

    def find(self, parsed: Parsed) -> Ints:
        """Row of each address, -1 where it is none of them."""
        found = np.full(parsed.length, -1, dtype=np.int64)
        stay = self._sieve.stay(spread(parsed.v4))
        keys = parsed.v4[stay].astype(np.uint32)
        found[parsed.v4_rows[stay]] = _same(self._v4, self._v4_rows, keys)
        found[parsed.v6_rows] = _same(self._v6, self._v6_rows, parsed.v6)
        return found


def _same(known: Keys, rows: Ints, keys: Keys) -> Ints:
    """The row of the first known key that each key equals, -1 where none does."""
    found = np.full(len(keys), -1, dtype=np.int64)
    if not len(known) or not len(keys):
        return found
    at = places(known, keys)
    at[at == len(known)] = 0
    met = known[at] == keys
    found[met] = rows[at[met]]
    return found
