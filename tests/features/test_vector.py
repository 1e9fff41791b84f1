"""The numbers that models read: computed by hand, never NaN, bound by a hash."""

from __future__ import annotations

import math

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lynceus.features import vector
from lynceus.records import FLOW_SCHEMA, conform
from lynceus.testing import flow, flows


def told(**columns: object) -> dict[str, float | None]:
    """All numbers of one flow with these columns."""
    row = {name: value for name, value in (flow() | columns).items() if value is not None}
    whole = conform(pl.DataFrame([row]), FLOW_SCHEMA)
    return vector.vectors(whole, "packet").row(0, named=True)


def test_the_flow_tier_is_counts_rates_and_shares() -> None:
    row = told(
        proto="tcp", duration_s=2.0, orig_packets=6, resp_packets=4, orig_ip_bytes=600,
        resp_ip_bytes=5_400, orig_bytes=300, resp_bytes=5_000,
    )  # fmt: skip
    assert {name: row[name] for name in vector.names("flow")} == {
        "proto_tcp": 1, "proto_udp": 0, "proto_icmp": 0, "duration_s": 2,
        "orig_packets": 6, "orig_ip_bytes": 600, "orig_ip_bytes_per_packet": 100,
        "orig_packets_per_s": 3, "orig_ip_bytes_per_s": 300,
        "resp_packets": 4, "resp_ip_bytes": 5_400, "resp_ip_bytes_per_packet": 1_350,
        "resp_packets_per_s": 2, "resp_ip_bytes_per_s": 2_700,
        "total_packets": 10, "total_ip_bytes": 6_000, "ip_bytes_per_packet": 600,
        "packets_per_s": 5, "ip_bytes_per_s": 3_000,
        "resp_share_of_packets": pytest.approx(0.4), "resp_share_of_ip_bytes": pytest.approx(0.9),
    }  # fmt: skip


def test_bytes_of_a_source_that_counts_whole_packets_are_ip_bytes() -> None:
    whole = told(bytes_are_ip=True, orig_bytes=840, orig_packets=10, orig_ip_bytes=None)
    assert (whole["orig_ip_bytes"], whole["orig_ip_bytes_per_packet"]) == (840, 84)
    payload = told(bytes_are_ip=False, orig_bytes=840, orig_packets=10, orig_ip_bytes=None)
    assert payload["orig_ip_bytes"] is None


def test_totals_stand_in_where_directions_are_unknown() -> None:
    row = told(
        orig_packets=None, resp_packets=None, total_packets=8, duration_s=4.0, orig_bytes=None,
        resp_bytes=None, total_bytes=1_600, bytes_are_ip=True,
    )  # fmt: skip
    assert (row["total_packets"], row["packets_per_s"], row["total_ip_bytes"]) == (8, 2, 1_600)
    assert row["orig_packets"] is None
    assert row["resp_share_of_packets"] is None


@pytest.mark.parametrize("duration_s", [0.0, None, math.nan, math.inf, -1.0])
def test_a_rate_over_no_time_is_unknown(duration_s: float | None) -> None:
    row = told(duration_s=duration_s)
    assert row["packets_per_s"] in (None, 0.0)
    assert all(value is None or math.isfinite(value) for value in row.values())


def test_a_single_packet_lasts_no_time_whoever_tells_of_it() -> None:
    for duration_s in (None, 0.0):
        row = told(duration_s=duration_s, orig_packets=1, resp_packets=0)
        assert (row["duration_s"], row["packets_per_s"]) == (0.0, None)
    assert told(duration_s=None, orig_packets=2, resp_packets=0)["duration_s"] is None


def test_the_first_packets_have_size_sender_and_gap() -> None:
    row = told(
        seq_size_bytes=[60, 52, 400], seq_from_orig=[True, False, True], seq_gap_us=[0, 1_500, 20]
    )
    sizes = [row[f"packet_{at:02}_size_bytes"] for at in (1, 2, 3, 4)]
    assert sizes == [60, -52, 400, None]
    assert row["packet_02_gap_s"] == pytest.approx(0.0015)
    assert row["packet_04_gap_s"] is None
    assert "packet_01_gap_s" not in row


def test_no_number_names_a_machine() -> None:
    of = {column for number in vector.VECTOR for column in number.needs}
    told_by_machines = [c for c in of if c.endswith(("_h", "_p")) or "ttl" in c or "mss" in c]
    assert not told_by_machines
    assert {"site", "uid", "ts_ns", "end_ns", "vlan", "label"}.isdisjoint(of)


def test_tiers_are_in_order_and_each_number_is_specified_once() -> None:
    flow_names, all_names = vector.names("flow"), vector.names("packet")
    assert all_names[: len(flow_names)] == flow_names
    assert len(set(all_names)) == len(all_names)
    assert set(vector.needs("flow")) < set(vector.needs("packet")) < set(FLOW_SCHEMA)
    assert all(n.definition.endswith(".") and n.null_when for n in vector.VECTOR)


def test_a_frame_that_lacks_columns_has_unknown_numbers() -> None:
    frame = pl.DataFrame({"proto": ["udp"], "duration_s": [2.0], "orig_packets": [4]})
    row = vector.vectors(frame, "packet").row(0, named=True)
    assert (row["proto_udp"], row["orig_packets_per_s"]) == (1.0, 2.0)
    assert row["gap_s_mean"] is None


def test_lazy_and_eager_and_any_cut_give_the_same() -> None:
    rows = flows(flow(duration_s=0.1 * n, orig_packets=n) for n in range(20))
    whole = vector.vectors(rows, "packet")
    assert_frame_equal(vector.vectors(rows.lazy(), "packet").collect(), whole)
    parts = [vector.vectors(part, "packet") for part in rows.iter_slices(7)]
    assert_frame_equal(pl.concat(parts), whole)
    assert set(whole.dtypes) == {pl.Float32()}


def test_the_hash_changes_with_what_a_number_means(monkeypatch: pytest.MonkeyPatch) -> None:
    names = vector.names("flow")
    before = vector.spec_hash(names)
    assert vector.spec_hash(names) == before
    assert vector.spec_hash(names[::-1]) != before
    monkeypatch.setattr(vector, "VERSION", vector.VERSION + 1)
    assert vector.spec_hash(names) != before
    with pytest.raises(KeyError):
        vector.spec_hash(["no_such_number"])
