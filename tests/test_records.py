"""The nouns: frames conform without inventing rows, accounts balance."""

from __future__ import annotations

import polars as pl
from polars.testing import assert_frame_equal

from lynceus.account import Account
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch, conform


def test_a_frame_without_columns_conforms_to_no_row() -> None:
    assert conform(pl.DataFrame(), FLOW_SCHEMA).shape == (0, len(FLOW_SCHEMA))


def test_missing_columns_are_null_and_others_leave() -> None:
    frame = conform(pl.DataFrame({"orig_p": ["80", "443"], "odd": [1, 2]}), FLOW_SCHEMA)
    assert frame.schema == FLOW_SCHEMA
    assert frame["orig_p"].to_list() == [80, 443]
    assert frame["resp_p"].null_count() == 2


def test_no_column_of_the_schema_still_keeps_the_rows() -> None:
    assert conform(pl.DataFrame({"odd": [1, 2, 3]}), EVENT_SCHEMAS["dns"]).height == 3


def test_an_account_balances_and_knows_what_is_no_loss() -> None:
    account = Account(received=10, kept=6)
    account.drop("duplicate", 3)
    assert not account.balanced
    account.drop("late")
    assert account.balanced
    assert account.loss_share == 0.1


def test_accounts_add_up() -> None:
    one, two = Account(received=1, kept=1), Account(received=2, kept=1)
    two.drop("late")
    two.note("odd_byte", 5)
    one.merge(two)
    assert (one.received, one.kept, one.dropped["late"], one.notes["odd_byte"]) == (3, 2, 1, 5)
    assert one.balanced


def test_what_was_counted_since() -> None:
    before, after = Account(received=3, kept=2), Account(received=9, kept=6)
    before.drop("late"), after.drop("late", 3)
    before.note("odd", 2), after.note("odd", 2), after.note("new")
    before.miss("packets", 10, 1), after.miss("packets", 25, 1)
    since = after.since(before)
    assert (since.received, since.kept, dict(since.dropped)) == (6, 4, {"late": 2})
    assert (since.notes, since.unseen) == ({"new": 1}, {"packets": (15, 0)})
    before.merge(since)
    assert before == after


def test_batches_join_in_order() -> None:
    flows = [conform(pl.DataFrame({"uid": [uid]}), FLOW_SCHEMA) for uid in "ab"]
    whole = Batch.concat([Batch(flows[0], watermark_ns=1), Batch(flows[1])])
    assert whole.flows["uid"].to_list() == ["a", "b"]
    assert whole.watermark_ns == 1


def test_columns_that_no_batch_knows_take_no_room_in_them_together() -> None:
    one = conform(pl.DataFrame({"uid": ["a", "b"], "ts_ns": [1, None]}), FLOW_SCHEMA)
    other = conform(pl.DataFrame({"uid": ["c"], "orig_p": [7]}), FLOW_SCHEMA)
    both = Batch.concat([Batch(one), Batch(other), Batch(one.clear())])
    assert_frame_equal(both.flows, pl.concat([one, other]))
    assert (both.rows, both.bytes < 1_000) == (3, True)
    assert Batch.concat([Batch(one.clear()), Batch(one.clear())]).flows.schema == FLOW_SCHEMA
