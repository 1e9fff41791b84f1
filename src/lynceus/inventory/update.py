"""Reads the sources that are due, and puts what they say in the place of what they said."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from lynceus.intel.due import believed, read_due
from lynceus.intel.feed_folder import FeedState
from lynceus.intel.subscription import Subscription
from lynceus.intel.web import FeedError, Unchanged, Web
from lynceus.inventory.judged import judged
from lynceus.inventory.sources import kinds
from lynceus.inventory.store import InventoryStore


@dataclass(frozen=True)
class Reading:
    """What came of reading a source."""

    name: str
    outcome: str
    """`read`, `unchanged` or `failed`."""
    assets: int = 0
    vulnerabilities: int = 0
    people: int = 0
    refused: int = 0
    reason: str = ""
    """Why it failed."""


def update(
    store: InventoryStore,
    now_ns: int,
    *,
    only: Collection[str] = (),
    pause: Callable[[float], None] = time.sleep,
) -> list[Reading]:
    """Reads the sources that are due, or those named whether due or not.

    Raises `InventoryError` where the store cannot be written.
    """
    return read_due(store, now_ns, only, lambda one, state: _read(store, one, state, now_ns, pause))


def _read(
    store: InventoryStore,
    one: Subscription,
    state: FeedState,
    now_ns: int,
    pause: Callable[[float], None],
) -> tuple[Reading, FeedState]:
    known = {address: dict(version) for address, version in state.validators.items()}
    try:
        source = kinds().get(one.format)
        if source is None:
            raise FeedError(f"{one.name}: no kind {one.format!r}; there are {', '.join(kinds())}")
        with Web(one, known, state.read_ns, pause) as web:
            said = judged(source().entries(web))
            believed(web, said.kept, state.kept, said.refused, "rows")
    except Unchanged:
        return Reading(one.name, "unchanged"), state.unchanged(one, now_ns)
    except FeedError as error:
        reason = str(error).removeprefix("feed ")
        failed = state.failed(one, now_ns, reason, error.wait_s)
        return Reading(one.name, "failed", reason=reason), failed
    store.put(one.name, said)
    done = FeedState(
        now_ns, state.unchanged(one, now_ns).next_ns, 0, "", said.kept, said.refused.height, known
    )
    counts = said.assets.height, said.vulnerabilities.height, said.people.height
    return Reading(one.name, "read", *counts, said.refused.height), done
