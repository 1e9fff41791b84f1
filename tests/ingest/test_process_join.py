from __future__ import annotations

from typing import Any

import polars as pl

from lynceus.account import Account
from lynceus.ingest.merge import Merged
from lynceus.ingest.process_join import SKEW_NS, explained
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch, conform

HOST, FAR = "10.0.0.5", "203.0.113.9"
SECOND = 10**9


def flow(uid: str, start_s: float, end_s: float | None = None, **told: Any) -> dict[str, Any]:
    usual = {"site": "default", "uid": uid, "orig_h": HOST, "orig_p": 50_000, "resp_h": FAR,
             "resp_p": 443, "proto": "tcp", "ts_ns": int(start_s * SECOND),
             "end_ns": int((start_s if end_s is None else end_s) * SECOND)}  # fmt: skip
    return {**usual, **told}


def flows(*rows: dict[str, Any]) -> pl.DataFrame:
    return conform(pl.DataFrame(list(rows)), FLOW_SCHEMA)


def processes(*rows: dict[str, Any]) -> pl.DataFrame:
    told = [{**row, "process_name": "updater.exe"} for row in rows]
    return conform(pl.DataFrame(told).drop("end_ns"), EVENT_SCHEMAS["process"])


def test_the_flow_of_the_wire_stays_and_the_process_is_told_of_it() -> None:
    wire, own = flow("wire", 100, 400), flow("own", 101)
    once, events = explained(flows(wire, own), {"process": processes(own)})
    assert once["uid"].to_list() == ["wire"]
    assert events["process"]["uid"].to_list() == ["wire"]


def test_the_endpoint_may_name_the_ends_the_other_way_round_and_speak_in_the_middle() -> None:
    turned = {"orig_h": FAR, "orig_p": 443, "resp_h": HOST, "resp_p": 50_000}
    wire, own = flow("wire", 100, 400), flow("own", 300, **turned)
    assert explained(flows(wire, own), {"process": processes(own)})[0]["uid"].to_list() == ["wire"]


def test_another_time_port_or_site_is_another_conversation() -> None:
    wire = flow("wire", 100, 110)
    for own in (
        flow("own", 110 + SKEW_NS / SECOND + 1),
        flow("own", 105, orig_p=50_001),
        flow("own", 105, site="elsewhere"),
    ):
        once, events = explained(flows(wire, own), {"process": processes(own)})
        assert sorted(once["uid"]) == ["own", "wire"]
        assert events["process"]["uid"].to_list() == ["own"]


def test_of_two_flows_of_one_five_tuple_the_nearest_is_meant() -> None:
    wire = [flow("first", 100, 105), flow("second", 112, 120)]
    own = flow("own", 111.5)
    _, events = explained(flows(*wire, own), {"process": processes(own)})
    assert events["process"]["uid"].to_list() == ["second"]


def test_without_processes_nothing_changes() -> None:
    wire = flows(flow("wire", 1), flow("again", 1))
    once, events = explained(wire, {})
    assert once.equals(wire)
    assert events == {}


class _Told:
    """A source of given batches."""

    def __init__(self, *batches: Batch) -> None:
        self.account = Account()
        self._batches = batches

    def batches(self) -> Any:
        for batch in self._batches:
            self.account.received += batch.flows.height
            self.account.kept += batch.flows.height
            yield batch


def test_sources_that_speak_bit_by_bit_are_joined_all_the_same() -> None:
    wire = [flow("w1", 100, 101), flow("w2", 200, 900, orig_p=50_001)]
    own = [flow("p1", 100), flow("p2", 201, orig_p=50_001)]
    capture = _Told(
        Batch(flows(wire[0]), {}, 150 * SECOND), Batch(flows(wire[1]), {}, 1000 * SECOND)
    )
    endpoint = _Told(Batch(flows(*own), {"process": processes(*own)}))
    merged = Merged([capture, endpoint])
    whole = Batch.concat(merged.batches())
    assert whole.flows["uid"].to_list() == ["w1", "w2"]
    assert whole.events["process"]["uid"].to_list() == ["w1", "w2"]
    assert merged.account.dropped == {"duplicate": 2}
    assert merged.account.balanced
