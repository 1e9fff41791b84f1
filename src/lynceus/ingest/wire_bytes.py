"""Numbers out of many places of one buffer at once: the arrays under the decoders of exports."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.uint64]

PAD = 16
"""Zero bytes behind every buffer, so that a fixed header may be looked at before it is checked."""


def padded(data: bytes) -> Bytes:
    """The bytes as an array with `PAD` zero bytes behind them."""
    return np.frombuffer(data + bytes(PAD), np.uint8)


def u8(data: Bytes, at: Places) -> Places:
    """The byte at each place; 0 behind the end."""
    return data[np.minimum(at, data.size - 1)].astype(np.int64)


def u16(data: Bytes, at: Places) -> Places:
    """The big-endian 16 bit number at each place."""
    return u8(data, at) << 8 | u8(data, at + 1)


def u32(data: Bytes, at: Places) -> Places:
    """The big-endian 32 bit number at each place."""
    return u16(data, at) << 16 | u16(data, at + 2)


def gathered(data: Bytes, at: Places, width: int) -> Bytes:
    """A row of `width` bytes from each place; zeros behind the end of the buffer."""
    index = at[:, None] + np.arange(width)
    found: Bytes = data[np.minimum(index, data.size - 1)]
    found[index >= data.size] = 0
    return found


def numbers(rows: Bytes) -> Numbers:
    """Each row of big-endian bytes as a number; of more than eight the last eight count."""
    rows = rows[:, -8:]
    wide = np.zeros((rows.shape[0], 8), np.uint8)
    wide[:, 8 - rows.shape[1] :] = rows
    return wide.view(">u8")[:, 0].astype(np.uint64)


def spread(counts: Places) -> tuple[Places, Places]:
    """For each of `counts` repeated parts: whose part it is, and its number in there."""
    owner = np.repeat(np.arange(counts.size), counts)
    begin = np.cumsum(counts) - counts
    return owner, np.arange(owner.size) - begin[owner]


def fronts(start: Places, end: Places, least: int) -> Iterator[tuple[Places, Places, Places]]:
    """Walks many chains of parts side by side: yields (owners, places, ends) of those not through.

    The consumer moves on by writing the next places into the array of places it was given; one
    that does not advance by at least one byte is through.
    """
    owner = np.flatnonzero(start + least <= end)
    at = start[owner].copy()
    while owner.size:
        before = at.copy()
        yield owner, at, end[owner]
        goes_on = (at > before) & (at + least <= end[owner])
        owner, at = owner[goes_on], at[goes_on]
