"""Seeded chance: every number the lab draws comes from a named stream of one seed.

A stream depends on the seed and its names alone, so that planting one more attack does not
change what the other actors draw.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")

_POOL_BYTES = 1 << 22
_BLOCK = 512


class Dice:
    """One named stream of random numbers; `fork` gives an independent one.

    Only raw generator output is used, never numpy's distributions, whose streams may change
    between numpy versions.
    """

    def __init__(self, seed: int, *names: str) -> None:
        self._seed = seed
        self._names = names
        digest = hashlib.sha256("/".join((str(seed), *names)).encode()).digest()
        self._bits = np.random.PCG64(int.from_bytes(digest[:16], "big"))
        self._block: list[float] = []
        self._noise: bytes | None = None

    def fork(self, *names: str) -> Dice:
        """An independent stream of the same seed; large noise is shared."""
        child = Dice(self._seed, *self._names, *names)
        child._noise = self._pool()
        return child

    def unit(self) -> float:
        """Uniform in [0, 1)."""
        if not self._block:
            raw = self._bits.random_raw(_BLOCK)
            self._block = ((raw >> np.uint64(11)) * 2.0**-53).tolist()
        return self._block.pop()

    def uniform(self, low: float, high: float) -> float:
        """Uniform in [low, high)."""
        return low + (high - low) * self.unit()

    def whole(self, low: int, high: int) -> int:
        """Uniform integer in [low, high], both included."""
        return low + int((high - low + 1) * self.unit())

    def chance(self, probability: float) -> bool:
        """True with the given probability."""
        return self.unit() < probability

    def pick(self, items: Sequence[T]) -> T:
        """One item, each alike."""
        return items[int(len(items) * self.unit())]

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """Up to `count` different items, in drawn order."""
        pool = list(items)
        count = min(count, len(pool))
        for i in range(count):
            j = i + int((len(pool) - i) * self.unit())
            pool[i], pool[j] = pool[j], pool[i]
        return pool[:count]

    def gauss(self) -> float:
        """Standard normal (Box-Muller)."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self.unit()))
        return radius * math.cos(2.0 * math.pi * self.unit())

    def lognormal(self, median: float, sigma: float) -> float:
        """Log-normal with the given median; `sigma` is the deviation of the logarithm."""
        return median * math.exp(sigma * self.gauss())

    def exponential(self, mean: float) -> float:
        """Waiting time of a Poisson process."""
        return -mean * math.log(1.0 - self.unit())

    def octets(self, count: int) -> bytes:
        """Fresh random bytes: for keys, nonces, ids."""
        words = self._bits.random_raw((count + 7) // 8 or 1)
        return words.astype("<u8").tobytes()[:count]

    def noise(self, count: int) -> bytes:
        """Random bytes cut from a shared pool: stands for ciphertext and media."""
        pool = self._pool()
        if count > _POOL_BYTES // 2:
            return self.noise(_POOL_BYTES // 2) + self.noise(count - _POOL_BYTES // 2)
        start = int((_POOL_BYTES - count) * self.unit())
        return pool[start : start + count]

    def hex(self, digits: int) -> str:
        """Random hexadecimal text."""
        return self.octets((digits + 1) // 2).hex()[:digits]

    def word(self, alphabet: str, length: int) -> str:
        """Random text over an alphabet."""
        return "".join(self.pick(alphabet) for _ in range(length))

    def _pool(self) -> bytes:
        if self._noise is None:
            root = np.random.PCG64(self._seed ^ 0x4C796E63)
            self._noise = root.random_raw(_POOL_BYTES // 8).astype("<u8").tobytes()
        return self._noise
