from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl

from ingest.eve_records import eve, flow, record
from lynceus.ingest import open_input
from lynceus.ingest.suricata import Suricata
from lynceus.ingest.suricata_shapes import COMMON, KINDS


def test_hostile_lines_are_counted_and_the_rest_is_read(whole: Any) -> None:
    odd = [
        "{not json}", "[1, 2]", "{", '{"event_type": 5, "timestamp": []}', '{"a": 1}',
        '{"event_type": "flow", "timestamp": "2024-05-01T12:00:00+0000", "flow": [1]}',
        json.dumps(record("dns", dns="text")), json.dumps(record("dns", dns={"answers": {"a": 1}})),
        json.dumps(record("tls", tls={"ja3": [], "client_alpns": {"x": "\ud800"}})),
        json.dumps({**record("alert", alert=[1]), "src_ip": "not an address"}),
        json.dumps({**record("flow", flow=3), "timestamp": "yesterday"}),
        json.dumps(record("stats", stats={"capture": {"kernel_drops": "many"}})),
        json.dumps(record("smb", smb={"dcerpc": 1, "session_id": "99" * 40, "rename": []})),
        json.dumps(record("nonsense")), '{"event_type": "http", "http": ' + "[" * 5000 + "}",
    ]  # fmt: skip
    batch, account = whole("\n".join([*odd, eve(flow()).strip(), *odd]) + "\n")
    assert batch.flows.filter(pl.col("source_uid") == "77").height >= 1
    assert account.dropped["not_a_json_object"] >= 6
    assert account.dropped["no_event_type"] == 2
    assert account.dropped["unreadable_address"] >= 4
    assert account.dropped["unreadable_time"] == 2
    assert account.notes["records_of_kinds_not_used"] >= 2


def test_any_shape_of_a_part_is_survived(whole: Any) -> None:
    shapes: list[Any] = [None, 1, "x", [], [1], {}, {"a": {}}, [{"a": 1}], True]
    for kind in KINDS:
        records = [record(kind, **{kind: shape}) for shape in shapes]
        flat: dict[str, Any] = dict.fromkeys(KINDS[kind], 3)
        whole(eve(*records, record(kind, **flat)))


def test_it_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "anything"
    for text in (eve(flow()).encode(), gzip.compress(eve(flow()).encode())):
        path.write_bytes(text)
        assert isinstance(open_input(path), Suricata)
    for other in ('{"event_type": "x"}\n', '{"id.orig_h": "1.1.1.1", "event_type": "a"}\n', "x\n"):
        assert Suricata.recognise(other.encode(), path) == 0.0


def test_no_kind_reads_a_name_twice() -> None:
    assert all(not set(shape) & set(COMMON) for shape in KINDS.values())


def test_the_records_of_slips(whole: Any, shared_data: Path) -> None:
    path = shared_data / "stratosphere/slips/test6-malicious.suricata.json.gz"
    told = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    kinds = Counter(r["event_type"] for r in told)
    batch, account = whole(path)
    flows = [r for r in told if r["event_type"] == "flow"]
    assert batch.flows.height == kinds["flow"]
    for ours, theirs in (("orig_packets", "pkts_toserver"), ("resp_bytes", "bytes_toclient")):
        assert batch.flows[ours].sum() == sum(r["flow"][theirs] for r in flows)
    assert batch.events["alert"].height == kinds["alert"]
    assert batch.events["http"].height == kinds["http"]
    known = {r["flow_id"] for r in flows}
    alone = [r for r in told if r["event_type"] == "alert" and r["flow_id"] not in known]
    assert batch.events["alert"]["uid"].null_count() == len(alone)
    assert account.received == sum(kinds[k] for k in KINDS)
