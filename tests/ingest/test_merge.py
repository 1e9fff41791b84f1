from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from lynceus.account import Account
from lynceus.ingest.identity import identified
from lynceus.ingest.merge import Merged, sorted_by_end
from lynceus.ingest.repeats import events_once
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch, conform


def flows(*ends: int | None, digest: str = "00", count: int = 1) -> pl.DataFrame:
    rows = pl.DataFrame(
        {"end_ns": ends, "ts_ns": ends, "total_packets": [count] * len(ends)},
        schema={"end_ns": pl.Int64, "ts_ns": pl.Int64, "total_packets": pl.UInt64},
    ).with_columns(
        orig_h=pl.lit("192.0.2.1"), resp_h=pl.lit("192.0.2.2"), proto=pl.lit("tcp"),
        orig_p=pl.int_range(pl.len()), resp_p=pl.lit(80), input_digest=pl.lit(digest),
    )  # fmt: skip
    return identified(rows, site="s", source="table", account=Account())


def arps(*times: int) -> pl.DataFrame:
    return conform(pl.DataFrame({"ts_ns": times}), EVENT_SCHEMAS["arp"])


class Told:
    """A source of given batches."""

    def __init__(self, *batches: Batch) -> None:
        self.account = Account()
        self._batches = batches

    def batches(self) -> Iterator[Batch]:
        for batch in self._batches:
            self.account.received += batch.flows.height
            self.account.kept += batch.flows.height
            yield batch


def test_rows_leave_sorted_and_behind_the_watermark() -> None:
    slow = Told(Batch(flows(1, 9), watermark_ns=5), Batch(flows(12), watermark_ns=20))
    fast = Told(Batch(flows(8, 3), watermark_ns=10))
    batches = list(Merged([slow, fast]).batches())
    ends = [batch.flows["end_ns"].to_list() for batch in batches]
    assert [end for batch in ends for end in batch] == [1, 3, 8, 9, 12]
    for batch, later in zip(batches, ends[1:], strict=False):
        assert batch.watermark_ns is not None
        assert all(end >= batch.watermark_ns for end in later)


def test_rows_without_a_time_leave_last_and_in_their_order() -> None:
    (batch,) = Merged([Told(Batch(flows(5, None, 2, None)))]).batches()
    assert batch.flows["end_ns"].to_list() == [2, 5, None, None]
    assert batch.flows["orig_p"].to_list() == [2, 0, 1, 3]


def test_a_copy_counts_once_however_it_is_cut() -> None:
    times = (1, 4, 6, 11, None)
    one = Told(Batch(flows(*times)))
    rows = flows(*times)
    cut = Told(Batch(rows[:2], watermark_ns=5), Batch(rows[2:3], watermark_ns=10), Batch(rows[3:]))
    merged = Merged([one, cut])
    together = Batch.concat(list(merged.batches())).flows
    assert together.equals(sorted_by_end(Batch(rows)).flows)
    assert merged.account.dropped == {"duplicate": 5}
    assert merged.account.balanced


def test_records_that_differ_are_both_kept() -> None:
    merged = Merged([Told(Batch(flows(1))), Told(Batch(flows(1, count=2)))])
    assert Batch.concat(list(merged.batches())).flows.height == 2


def test_of_a_copy_the_labelled_one_stays() -> None:
    labelled = flows(1).with_columns(label=pl.lit("Malicious"))
    merged = Merged([Told(Batch(flows(1))), Told(Batch(labelled))])
    assert Batch.concat(list(merged.batches())).flows["label"].to_list() == ["Malicious"]


def test_equal_events_of_one_input_stay_and_of_two_count_once() -> None:
    assert events_once([arps(1, 1, 2)])[0].height == 3
    both, again = events_once([arps(1, 1, 2), arps(1, 1, 1)])
    assert (both["ts_ns"].to_list(), again) == ([1, 1, 2, 1], 2)


def test_events_of_two_inputs_leave_sorted() -> None:
    first = Told(Batch(flows(), {"arp": arps(5, 1)}))
    second = Told(Batch(flows(), {"arp": arps(3, 1)}))
    merged = Merged([first, second])
    (batch,) = merged.batches()
    assert batch.events["arp"]["ts_ns"].to_list() == [1, 3, 5]
    assert merged.account.dropped == {"duplicate": 1}


def test_nothing_told_gives_nothing() -> None:
    assert Batch.concat(list(Merged([Told()]).batches())).flows.schema == FLOW_SCHEMA


def test_the_same_list_twice_and_a_longer_one(whole: Any) -> None:
    text = "".join(f"Source: 192.0.2.{n}, Dest: 192.0.2.200, Time: 100{n}\n" for n in range(5))
    batch, account = whole(text, text)
    assert batch.flows.height == 5
    assert account.dropped == {"duplicate": 5}
