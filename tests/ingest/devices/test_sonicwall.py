"""Lines of: SonicWall's own log lines: `id=firewall sn=... m=97 src=a:port:zone dst=... prot."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import sonicwall

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        'id=firewall sn=0017C5 time="2024-05-01 10:00:10 UTC" fw=192.0.2.1 pri=6 c=1024 m=537'
        ' msg="Connection Closed" n=1 src=192.0.2.5:51000:X0 dst=198.51.100.7:443:X1:www.exam'
        'ple.org proto=tcp/https sent=900 rcvd=7000 spkt=9 rpkt=8 cdur=10000 rule="3 (LAN->WA'
        'N)" usr="alice"',
        {
            "orig_h": "192.0.2.5",
            "orig_p": 51000,
            "resp_h": "198.51.100.7",
            "resp_p": 443,
            "proto": "tcp",
            "service": "tls",
            "duration_s": 10.0,
            "orig_bytes": 900,
            "resp_bytes": 7000,
            "orig_packets": 9,
            "resp_packets": 8,
            "product": "sonicos",
            "sensor": "192.0.2.1",
            "event_code": "537",
            "rule": "3 (LAN->WAN)",
            "username": "alice",
            "category": "1024",
            "severity": "6",
            "message": "Connection Closed",
            "ts_ns": 1_714_557_600_000_000_000,
            "end_ns": 1_714_557_610_000_000_000,
            "flow": True,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(sonicwall, line)
    assert {key: row.get(key) for key in expected} == expected
