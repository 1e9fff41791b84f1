"""Lines of: ArcSight's Common Event Format and IBM's Log Event Extended Format, of whatever ."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import cef

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "CEF:0|Example|Gate|1.0|77|Web attack blocked|8|rt=1714557600000 src=203.0.113.9 spt="
        "40000 dst=192.0.2.10 dpt=80 proto=TCP act=blocked cs1Label=Rule cs1=edge\\=1 suser=EX"
        "\\\\alice msg=a b\\=c d cat=ips dvchost=gate1",
        {
            "orig_h": "203.0.113.9",
            "orig_p": 40000,
            "resp_h": "192.0.2.10",
            "resp_p": 80,
            "proto": "tcp",
            "product": "gate",
            "sensor": "gate1",
            "event_code": "77",
            "action": "blocked",
            "rule": "edge=1",
            "username": "EX\\alice",
            "category": "ips",
            "severity": "8",
            "message": "a b=c d",
            "signature": "Web attack blocked",
            "ts_ns": 1_714_557_600_000_000_000,
            "end_ns": 1_714_557_600_000_000_000,
            "flow": True,
        },
    ),
    (
        "CEF:0|SonicWall|NSa 4500|7.0|1574|Filename Logging|5|cat=0 src=192.0.2.5 spt=51000 "
        'dst=198.51.100.7 dpt=444 cs3Label=LAN proto=tcp/445 cs1="555 (LAN->WAN)" fw_action="NA"',
        {"product": "nsa 4500", "rule": "555 (LAN->WAN)", "proto": "tcp", "resp_p": 444},
    ),
    (
        "LEEF:2.0|Example|Gate|1.0|77|^|src=192.0.2.5^dst=198.51.100.7^srcPort=51000^dstPort="
        "53^proto=udp^usrName=bob^devTime=1714557600",
        {
            "orig_h": "192.0.2.5",
            "orig_p": 51000,
            "resp_h": "198.51.100.7",
            "resp_p": 53,
            "proto": "udp",
            "product": "gate",
            "event_code": "77",
            "username": "bob",
            "ts_ns": 1_714_557_600_000_000_000,
            "end_ns": 1_714_557_600_000_000_000,
            "flow": True,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(cef, line)
    assert {key: row.get(key) for key in expected} == expected
