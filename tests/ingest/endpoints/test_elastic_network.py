"""Documents of the Elastic Common Schema without a process: flows, look-ups, requests, alerts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lynceus.account import Account
from lynceus.ingest import blocks, open_inputs
from lynceus.records import Batch

ENDS = {"source": {"ip": "10.0.0.1", "port": 4000}, "destination": {"ip": "192.0.2.1", "port": 53}}


def read(folder: Path, *documents: dict[str, Any]) -> tuple[Batch, Account]:
    path = folder / "documents.json"
    common = {"@timestamp": "2026-01-01T00:00:10.000Z", "ecs": {"version": "8.11"}, **ENDS}
    lines = [json.dumps({**common, **one}) for one in documents]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    source = open_inputs([path])
    return blocks.together(source.batches()), source.account


def test_a_flow_has_its_span_and_its_counts(tmp_path: Path) -> None:
    counted = {"ip": "10.0.0.1", "port": 4000, "bytes": 120, "packets": 2}
    batch, account = read(
        tmp_path,
        {"source": counted, "event": {"duration": 2_000_000_000, "module": "zeek"},
         "network": {"transport": "udp", "protocol": "dns"}},
        {"source": counted, "network": {"iana_number": "17"},
         "event": {"start": "2026-01-01T00:00:01Z", "end": "2026-01-01T00:00:04Z"}},
    )  # fmt: skip
    told = batch.flows.sort("ts_ns").select("ts_ns", "end_ns", "orig_bytes", "proto", "service")
    second = 1_000_000_000
    begin = 1767225600 * second
    assert told.rows() == [
        (begin + second, begin + 4 * second, 120, "udp", None),
        (begin + 10 * second, begin + 12 * second, 120, "udp", "dns"),
    ]
    assert account.balanced


def test_requests_and_alerts_are_events_and_no_flows(tmp_path: Path) -> None:
    batch, _ = read(
        tmp_path,
        {"dns": {"question": {"name": "A.Example.", "type": "AAAA"}, "response_code": "NXDOMAIN"},
         "source": {"ip": "10.0.0.1", "bytes": 60}},
        {"http": {"request": {"method": "get"}, "response": {"status_code": 404}},
         "url": {"original": "/x?y", "domain": "WWW.Example"}, "user_agent": {"original": "curl"}},
        {"event": {"kind": "alert", "module": "suricata", "severity": 1},
         "rule": {"name": "ET SCAN", "id": "2001"}},
    )  # fmt: skip
    assert batch.flows.height == 0
    (dns,) = batch.events["dns"].rows(named=True)
    assert (dns["query"], dns["qtype"], dns["rcode"]) == ("a.example", "AAAA", "NXDOMAIN")
    (http,) = batch.events["http"].rows(named=True)
    assert (http["method"], http["host"], http["uri"]) == ("GET", "www.example", "/x?y")
    assert (http["status_code"], http["user_agent"]) == (404, "curl")
    (alert,) = batch.events["alert"].rows(named=True)
    assert (alert["signature"], alert["product"]) == ("ET SCAN", "suricata")
