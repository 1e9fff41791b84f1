"""Flows of open windows: bounded, with totals that stay and losses that are counted."""

from __future__ import annotations

import pickle

import polars as pl

from lynceus.detect.finding import UIDS, with_flows
from lynceus.records import FINDING_SCHEMA
from lynceus.testing import START_S, flow, flows
from lynceus.trail import LEFT, Trail

MINUTE_NS = 60 * 10**9
START_NS = START_S * 10**9


def trail(most: int, keep_minutes: int = 60) -> Trail:
    return Trail(MINUTE_NS, keep_minutes * MINUTE_NS, most)


def many(minute: int, count: int, **told: object) -> pl.DataFrame:
    """Flows of one minute that no finding can tell apart."""
    frame = flows(flow(60.0 * minute + 0.01 * i, **told) for i in range(count))
    return frame.with_columns(uid=pl.format("m{}f{}", pl.lit(minute), pl.int_range(pl.len())))


def finding(minutes: int, **entity: object) -> pl.DataFrame:
    """A finding of the window of so many minutes that begins at the start."""
    told = {
        "id": "a", "site": "default", **entity,
        "window_start_ns": START_NS, "window_end_ns": START_NS + minutes * MINUTE_NS,
    }  # fmt: skip
    return pl.DataFrame([told], schema=FINDING_SCHEMA, strict=False)


def test_flows_leave_with_the_last_window_that_can_hold_them() -> None:
    kept = trail(most=10_000, keep_minutes=5)
    kept.add(pl.concat([many(0, 3), many(9, 3)]))
    kept.forget(START_NS + 10 * MINUTE_NS)
    assert kept.rows()["uid"].str.starts_with("m9").all() and kept.rows().height == 3
    kept.forget(None)
    assert kept.rows().is_empty() and kept.lost == 0


def test_of_flows_alike_as_many_are_kept_as_are_named_and_totals_stay() -> None:
    alike = {"orig_h": "10.0.0.1", "resp_h": "10.0.0.2"}
    whole, bounded = trail(most=10_000), trail(most=500)
    for minute in range(3):
        for one in (whole, bounded):
            one.add(many(minute, 400, **alike))
            one.forget(START_NS)
    assert bounded.rows().height < 500 < whole.rows().height
    assert bounded.lost == 0
    for entity in ({"orig_h": "10.0.0.1"}, alike):
        of_all = with_flows(finding(60, **entity), whole.rows())
        assert of_all["flows_total"].item() == 1_200
        assert with_flows(finding(60, **entity), bounded.rows()).equals(of_all)


def test_where_flows_differ_the_oldest_go_and_are_counted() -> None:
    kept = trail(most=200)
    for minute in range(5):
        hosts = many(minute, 90).with_columns(resp_h=pl.format("10.1.0.{}", pl.int_range(90)))
        kept.add(hosts)
        kept.forget(START_NS)
    rows = kept.rows()
    assert rows.height <= 200
    assert rows.height + kept.lost == 450
    assert rows.height >= LEFT * 200
    assert rows["uid"].str.starts_with("m4").sum() == 90, "the youngest stay"


def test_those_that_go_count_for_all_they_stood_for() -> None:
    kept = trail(most=150)
    for minute in range(3):
        kept.add(many(minute, 1_000))
        kept.forget(START_NS)
    rows = kept.rows()
    assert int(rows["more"].sum()) + rows.height + kept.lost == 3_000
    assert rows.height <= 150 and kept.lost >= 1_000


def test_a_snapshot_is_as_small_as_what_is_kept_and_goes_on() -> None:
    kept = trail(most=300)
    kept.add(many(0, 5_000))
    kept.forget(START_NS)
    saved = pickle.dumps(kept.snapshot())
    assert len(saved) < 200 * UIDS
    again = trail(most=300)
    again.resume(pickle.loads(saved))  # noqa: S301 - our own bytes
    again.add(many(0, 10, orig_h="10.0.0.9"))
    kept.add(many(0, 10, orig_h="10.0.0.9"))
    assert again.rows().equals(kept.rows())


def test_any_cut_of_the_same_flows_keeps_the_same_of_flows_alike() -> None:
    rows = many(0, 900)
    once, often = trail(most=250), trail(most=250)
    once.add(rows)
    once.forget(START_NS)
    for piece in rows.iter_slices(300):
        often.add(piece)
        often.forget(START_NS)
    said = finding(60, orig_h=rows["orig_h"][0])
    assert with_flows(said, often.rows()).equals(with_flows(said, once.rows()))
