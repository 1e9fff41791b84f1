"""Reads the feeds that are due, judges what they say, and puts it in the place of what was."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import polars as pl

from lynceus.enrich.indicator import INDICATOR_SCHEMA
from lynceus.enrich.quarantine import judged
from lynceus.intel.due import believed, read_due
from lynceus.intel.feed_folder import FeedState
from lynceus.intel.feeds import formats
from lynceus.intel.indicator_feed import IndicatorFeed
from lynceus.intel.store import SOURCE_SCHEMA, IntelStore
from lynceus.intel.subscription import Subscription, seconds
from lynceus.intel.web import FeedError, Unchanged, Web
from lynceus.records import conform

NS = 10**9


@dataclass(frozen=True)
class Reading:
    """What came of reading a feed."""

    name: str
    outcome: str
    """`read`, `unchanged` or `failed`."""
    indicators: int = 0
    added: int = 0
    refused: int = 0
    reason: str = ""
    """Why it failed, or why most was left out."""


def update(
    store: IntelStore,
    now_ns: int,
    *,
    only: Collection[str] = (),
    pause: Callable[[float], None] = time.sleep,
) -> list[Reading]:
    """Reads the feeds that are due, or those named whether due or not.

    Raises `IntelStoreError` where the store cannot be written or holds no such feed.
    """
    return read_due(store, now_ns, only, lambda one, state: _read(store, one, state, now_ns, pause))


def _read(
    store: IntelStore,
    one: Subscription,
    state: FeedState,
    now_ns: int,
    pause: Callable[[float], None],
) -> tuple[Reading, FeedState]:
    due_ns = now_ns + seconds(one.every) * NS
    known = {address: dict(version) for address, version in state.validators.items()}
    try:
        feed = _feed(one)
        with Web(one, known, state.read_ns, pause) as web:
            found = judged(feed.entries(web), one.name)
        before = store.source(one.name)
        rows = _dated(found.good, one, before, now_ns, feed.adds)
        if not feed.adds:
            believed(web, rows.height, before.height, found.bad, "indicators")
    except Unchanged:
        if (before := store.source(one.name)).height:
            rows = _said_again(before, state.read_ns or now_ns, now_ns)
            store.put(one.name, rows, store.quarantine(one.name))
        return Reading(one.name, "unchanged", state.kept), state.unchanged(one, now_ns)
    except FeedError as error:
        failed = state.failed(one, now_ns, str(error), error.wait_s)
        return Reading(one.name, "failed", state.kept, reason=str(error)), failed
    store.put(one.name, rows, found.bad)
    added = rows.filter(pl.col("added_ns") == now_ns).height
    refused = found.bad.height
    done = FeedState(now_ns, due_ns, 0, "", rows.height, refused, known)
    return Reading(one.name, "read", rows.height, added, refused), done


def _feed(one: Subscription) -> IndicatorFeed:
    known = formats()
    if one.format not in known:
        raise FeedError(f"feed {one.name}: no format {one.format!r}; there are {', '.join(known)}")
    return known[one.format]()


def _dated(
    rows: pl.DataFrame, one: Subscription, before: pl.DataFrame, now_ns: int, adds: bool
) -> pl.DataFrame:
    """The rows of a feed with what only the store knows: when it first and last heard of each."""
    confidence = pl.coalesce("confidence", pl.lit(one.confidence, pl.Float64))
    days = one.lifetime_days
    last = pl.coalesce("last_seen_ns", pl.lit(now_ns))
    until = pl.col("valid_until_ns")
    if days is not None:
        until = pl.coalesce(until, last + int(days * 86_400) * NS)
    rows = rows.unique(["kind", "key"], keep="first", maintain_order=True).with_columns(
        pl.lit(one.name).cast(INDICATOR_SCHEMA["source"]).alias("source"),
        confidence=confidence,
        last_seen_ns=last,
        valid_until_ns=until,
    )
    added = before.select("kind", "key", "added_ns")
    rows = rows.join(added, on=["kind", "key"], how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("added_ns").fill_null(now_ns))
    rows = rows.with_columns(pl.col("first_seen_ns").fill_null(pl.col("added_ns")))
    rows = conform(rows, SOURCE_SCHEMA)
    if adds:
        kept = before.join(rows.select("kind", "key"), on=["kind", "key"], how="anti")
        rows = pl.concat([rows, kept])
    return rows


def _said_again(before: pl.DataFrame, read_ns: int, now_ns: int) -> pl.DataFrame:
    """The rows of a feed that is as it was: what has no date of its own it says again now."""
    undated = pl.col("last_seen_ns") == read_ns
    later = pl.when(undated).then(now_ns - read_ns).otherwise(0)
    return before.with_columns(pl.col("last_seen_ns") + later, pl.col("valid_until_ns") + later)
