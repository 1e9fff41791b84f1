from __future__ import annotations

import json

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from lynceus.account import Account
from lynceus.ingest.inputs import ReadOptions
from lynceus.ingest.sent_records import ARRIVED, UNKNOWN, batch_of
from lynceus.records import Batch

from .feeds.objects import MIXED, START_S, STRANGE, eve


def read(*lines: str) -> tuple[Batch, Account]:
    account = Account()
    rows = [(line, "192.0.2.99", (START_S + 10) * 10**9) for line in lines]
    arrived = pl.DataFrame(rows, schema=ARRIVED, orient="row")
    return batch_of(arrived, "source 1", ReadOptions(derive_flows=False), account), account


def test_every_shape_is_read_by_its_source_and_others_are_refused_alone() -> None:
    batch, account = read(*(json.dumps(each) for each in (*MIXED, *STRANGE)), "no JSON", "", "[1]")
    assert sorted(batch.flows["orig_h"]) == [f"192.0.2.{n}" for n in range(1, 8)]
    assert dict(account.dropped) == {UNKNOWN: 3, "not_a_json_object": 2}
    assert (account.received, account.kept) == (12, 7)
    assert batch.flows["source"].value_counts(sort=True)["count"].to_list() == [2, 2, 2, 1]
    assert set(batch.flows["total_bytes"]) == {7_000}


def test_events_without_their_flow_make_no_flow() -> None:
    """The flow is told later: two would be counted where one was."""
    alert = {**eve(1), "event_type": "alert", "alert": {"signature": "x", "signature_id": 1}}
    batch, account = read(json.dumps(alert))
    assert batch.flows.is_empty()
    assert batch.events["alert"].height == 1
    assert not account.dropped


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["message", "log", "event", "original", "event_type", "timestamp", "_path",
                         "id.orig_h", "orig_h", "resp_h", "ts", "flow", "x"]), inner, max_size=5
    ),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=8)
@given(st.lists(JSON.map(json.dumps) | st.text(max_size=30).map(lambda s: s.replace("\n", " "))))
def test_any_objects_are_read_or_counted(lines: list[str]) -> None:
    _, account = read(*lines)
    assert account.balanced
