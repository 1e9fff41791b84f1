"""Which subscriptions are due, and whether what was read of one can be what it wanted to say.

One that fails leaves what it said before, and is asked again later and later. One that suddenly
says next to nothing of what it said is not believed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

import polars as pl

from lynceus.intel.feed_folder import FeedFolder, FeedState
from lynceus.intel.subscription import Subscription
from lynceus.intel.web import Web

SHRUNK = 0.1
"""A list that comes with less than this share of what it had is not believed."""
MATTERS = 100
"""From this many entries on."""

Reading = TypeVar("Reading")


def read_due(
    folder: FeedFolder,
    now_ns: int,
    only: Collection[str],
    read: Callable[[Subscription, FeedState], tuple[Reading, FeedState]],
) -> list[Reading]:
    """Reads what is due, or what is named whether due or not; after each its state is kept.

    Raises the error of the folder where it cannot be written.
    """
    readings = []
    with folder.writing():
        states = folder.states()
        for name, one in folder.subscriptions().items():
            state = states.get(name, FeedState())
            if name not in only and (only or state.next_ns > now_ns):
                continue
            reading, states[name] = read(one, state)
            folder.keep(states)
            readings.append(reading)
    return readings


def believed(web: Web, kept: int, before: int, refused: pl.DataFrame, noun: str) -> None:
    """Raises `FeedError` where `kept` entries of a list that had `before` are next to nothing.

    `refused` has `line` and `reason` of what was left out; `noun` is what the entries are called.
    """
    if kept >= max(1, SHRUNK * before if before >= MATTERS else 1):
        return
    first = refused.row(0, named=True) if refused.height else None
    why = f"line {first['line']}: {first['reason']}" if first else "it is empty"
    if kept:
        why = f"{kept:,} {noun} where there were {before:,}; {why}"
    raise web.error(f"not believed: {why}")
