"""What the report counts from flows, against numbers worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from lynceus.account import Account
from lynceus.present.report_context import context_of, step_of
from lynceus.records import FLOW_SCHEMA, conform

START = 1_714_557_600 * 10**9


def flow(
    orig: str | None, resp: str | None, at_s: float | None, lasts_s: float = 0, **columns: Any
) -> dict[str, Any]:
    start = None if at_s is None else START + int(at_s * 10**9)
    return {
        "site": "default",
        "source": "table",
        "input_digest": "aa",
        "ts_ns": start,
        "end_ns": None if start is None else start + int(lasts_s * 10**9),
        "orig_h": orig,
        "resp_h": resp,
        "resp_p": 443,
        "proto": "tcp",
        **columns,
    }


def sized(orig_bytes: int, resp_bytes: int) -> dict[str, int]:
    return {
        "orig_bytes": orig_bytes,
        "resp_bytes": resp_bytes,
        "total_bytes": orig_bytes + resp_bytes,
    }


def _inside(flows: pl.DataFrame) -> pl.Series:
    ends = pl.concat([flows["orig_h"], flows["resp_h"].rename("orig_h")])
    return ends.filter(ends.str.starts_with("10.")).unique()


def context(*rows: dict[str, Any], **changes: Any) -> Any:
    flows = (
        conform(pl.DataFrame(list(rows), infer_schema_length=None), FLOW_SCHEMA)
        if rows
        else (pl.DataFrame(schema=FLOW_SCHEMA))
    )
    analysis = SimpleNamespace(
        incidents=[],
        findings=pl.DataFrame(),
        flows=flows,
        events=changes.pop("events", {}),
        facts=changes.pop("facts", pl.DataFrame(schema={"value": pl.String})),
        home=SimpleNamespace(networks=("10.0.0.0/8",), why=("Because.",), hosts=_inside(flows)),
        account=Account(received=len(rows), kept=len(rows)),
        detectors=("beacon",),
        failed={},
    )
    return context_of(analysis, ("a.csv",))


def test_bytes_go_to_their_direction() -> None:
    told = context(
        flow("10.0.0.1", "203.0.113.1", 0, **sized(100, 10)),
        flow("203.0.113.1", "10.0.0.2", 0, **sized(7, 3)),
        flow("10.0.0.1", "10.0.0.2", 0, **sized(1000, 500)),
        flow("203.0.113.1", "203.0.113.2", 0, **sized(40, 2)),
        flow("10.0.0.1", "203.0.113.1", 0, total_bytes=9),
    )
    row = told.traffic.row(0, named=True)
    assert (row["bytes_out"], row["bytes_in"]) == (103.0, 17.0)
    assert (row["bytes_internal"], row["bytes_other"]) == (1500.0, 51.0)
    assert row["flows"] == 5
    assert told.counts["bytes"] == 100 + 10 + 7 + 3 + 1500 + 42 + 9
    assert (told.counts["hosts_inside"], told.counts["hosts_outside"]) == (2, 2)


def test_bytes_are_spread_over_the_time_of_the_flow() -> None:
    told = context(
        flow("10.0.0.1", "203.0.113.1", 0.5, 3, **sized(300, 0)),
        flow("10.0.0.1", "203.0.113.1", 2.25, 0, **sized(0, 8)),
    )
    assert told.step_s == 1
    assert told.traffic["bytes_out"].to_list() == pytest.approx([50, 100, 100, 50])
    assert told.traffic["bytes_in"].to_list() == [0, 0, 8, 0]
    assert told.traffic["flows"].to_list() == [1, 0, 1, 0]


def test_what_is_spread_adds_up() -> None:
    rows = [
        flow("10.0.0.1", "203.0.113.1", i * 13.7, i * 61.3, **sized(1000 + i, 1))
        for i in range(200)
    ]
    told = context(*rows)
    assert told.traffic["bytes_out"].sum() == pytest.approx(sum(1000 + i for i in range(200)))
    assert told.traffic["bytes_in"].sum() == pytest.approx(200)
    assert told.traffic.height <= 241


def test_steps_are_round() -> None:
    assert [step_of(s) for s in (0, 200, 3600, 86_400, 30 * 86_400)] == [1, 1, 30, 600, 21_600]


def test_talkers_and_services() -> None:
    told = context(
        flow("10.0.0.1", "203.0.113.1", 0, **sized(100, 900)),
        flow("10.0.0.2", "203.0.113.1", 1, service="tls", **sized(5, 5)),
        flow("10.0.0.2", "203.0.113.1", 1, resp_p=53, **{"proto": "udp"}),
        facts=pl.DataFrame(
            {"value": ["10.0.0.1"], "inside": [True], "asset": ["mail"], "network": [None]},
            schema_overrides={"network": pl.String},
        ),
    )
    first = told.talkers.row(0, named=True)
    assert (first["address"], first["sent"], first["received"]) == ("203.0.113.1", 905, 105)
    named = told.talkers.filter(pl.col("address") == "10.0.0.1").row(0, named=True)
    assert (named["name"], named["inside"], named["flows"]) == ("mail", True, 1)
    assert told.services["flows"].sum() == 3
    whole = context(flow("10.0.0.1", "203.0.113.1", 0, total_bytes=9)).talkers
    assert whole.select("sent", "received", "undirected").rows() == [(0, 0, 9)] * 2
    assert told.services["bytes"].sum() == 1010


def test_a_lying_record_does_not_break_the_sums() -> None:
    huge = {"orig_bytes": 2**64 - 1, "resp_bytes": 2**64 - 1, "total_bytes": 2**64 - 1}
    told = context(*[flow("10.0.0.1", "203.0.113.1", i, **huge) for i in range(50)])
    assert told.counts["bytes"] > 0
    assert told.talkers["sent"].min() > 0  # type: ignore[operator]


def test_hostile_times_are_survived() -> None:
    told = context(
        flow("10.0.0.1", "203.0.113.1", 0, **sized(1, 1)),
        {**flow("10.0.0.1", "203.0.113.1", 0, **sized(1, 1)), "ts_ns": 2**63 - 1, "end_ns": 0},
        {**flow("10.0.0.1", "203.0.113.1", 0, **sized(1, 1)), "ts_ns": -(2**62), "end_ns": -5},
    )
    assert told.traffic.height <= 2400


def test_flows_without_times_or_sizes() -> None:
    told = context(flow("10.0.0.1", None, None), flow(None, "203.0.113.9", None))
    assert told.traffic.height == 0
    assert (told.first_ns, told.last_ns) == (None, None)
    assert told.counts["bytes"] is None
    assert told.counts["packets"] is None
    assert any("2 of 2 flows carry no time" in text for text in told.blind)


def test_no_flows() -> None:
    told = context()
    assert told.counts["flows"] == 0
    assert told.blind == ("No flow was read: nothing can be said about traffic volumes.",)


def test_the_input_is_named_with_its_kind_and_digest() -> None:
    told = context(flow("10.0.0.1", "203.0.113.1", 0))
    assert [(i.name, i.kind, i.digest, i.flows) for i in told.inputs] == [
        ("a.csv", "table", "aa", 1)
    ]


def test_missing_event_tables_are_blind_spots() -> None:
    seen = context(flow("10.0.0.1", "203.0.113.1", 0), events={"dns": pl.DataFrame({"a": [1]})})
    assert not any("DNS" in text for text in seen.blind)
    assert any("no TLS events" in text for text in seen.blind)
    assert seen.events == {"dns": 1}


def test_the_largest_talkers_are_those_of_a_full_count() -> None:
    rows = [
        flow(f"10.0.{i % 7}.{i % 40}", f"203.0.113.{i % 50}", i, **sized(i * 37 % 1000, i % 3))
        for i in range(400)
    ]
    sums: dict[str, list[int]] = {}
    for row in rows:
        for end in ("orig_h", "resp_h"):
            told = sums.setdefault(row[end], [0, 0])
            told[0], told[1] = told[0] + row["total_bytes"], told[1] + 1
    expected = sorted(sums, key=lambda a: (-sums[a][0], -sums[a][1], a))[:10]
    assert context(*rows).talkers["address"].to_list() == expected


def test_without_bytes_the_talkers_are_those_of_the_most_flows() -> None:
    rows = [flow("10.0.0.1", f"203.0.113.{i}", i) for i in range(30)]
    assert context(*rows).talkers["address"].to_list() == [
        "10.0.0.1",
        *sorted(f"203.0.113.{i}" for i in range(30))[:9],
    ]
