"""What two sources tell counts once, whenever the second tells it."""

from __future__ import annotations

import polars as pl

from lynceus.account import Account
from lynceus.live.once import Once
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch, conform

NOTHING = pl.DataFrame(schema=FLOW_SCHEMA)


def flows(*uids: str) -> Batch:
    rows = pl.DataFrame({"uid": uids, "end_ns": [int(uid[1:]) for uid in uids]})
    return Batch(conform(rows, FLOW_SCHEMA))


def asked(*names: str, digest: str = "") -> Batch:
    rows = pl.DataFrame({"query": names, "ts_ns": [5] * len(names)})
    rows = rows.with_columns(input_digest=pl.lit(digest))
    return Batch(NOTHING, {"dns": conform(rows, EVENT_SCHEMAS["dns"])})


def counted(once: Once, source: str, batch: Batch) -> tuple[Batch, int]:
    account = Account(received=9, kept=9)
    told = once.batch(source, batch, account)
    assert account.balanced
    return told, account.dropped["duplicate"]


def test_a_flow_of_two_sources_counts_once() -> None:
    once = Once()
    told, again = counted(once, "a", flows("f1", "f2"))
    assert (told.flows["uid"].to_list(), again) == (["f1", "f2"], 0)
    told, again = counted(once, "b", flows("f2", "f3"))
    assert (told.flows["uid"].to_list(), again) == (["f3"], 1)
    assert counted(once, "a", flows("f3"))[1] == 1


def test_events_are_as_many_as_the_source_that_has_most_of_them_tells() -> None:
    once = Once()
    assert counted(once, "a", asked("x", "x", digest="1"))[1] == 0
    told, again = counted(once, "b", asked("x", digest="2"))
    assert (told.events["dns"].height, again) == (0, 1)
    told, again = counted(once, "b", asked("x", "x", "y", digest="3"))
    assert (told.events["dns"]["query"].to_list(), again) == (["x", "y"], 1)


def test_what_event_time_has_passed_is_forgotten_and_a_checkpoint_keeps_the_rest() -> None:
    once = Once()
    counted(once, "a", flows("f1", "f9"))
    once.forget(5)
    again = Once()
    again.resume(once.snapshot())
    assert counted(again, "b", flows("f1", "f9"))[0].flows["uid"].to_list() == ["f1"]


def test_no_more_is_remembered_than_is_declared() -> None:
    once = Once(most=4)
    counted(once, "a", flows("f1", "f2", "f3", "f4", "f5"))
    assert once.snapshot()["told"]["flows"].height == 3
    assert counted(once, "b", flows("f1", "f5"))[0].flows["uid"].to_list() == ["f1"]
