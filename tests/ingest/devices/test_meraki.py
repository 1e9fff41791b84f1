"""Lines of: Cisco Meraki: `1673277220.25 MX_01 flows allow src=... dst=... protocol=tcp spor."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import meraki

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "1714557600.123456789 MX1 flows allow src=192.0.2.5 dst=198.51.100.7 mac=02:00:00:00:"
        "00:01 protocol=tcp sport=51000 dport=443",
        {
            "orig_h": "192.0.2.5",
            "orig_p": 51000,
            "resp_h": "198.51.100.7",
            "resp_p": 443,
            "proto": "tcp",
            "orig_l2_addr": "02:00:00:00:00:01",
            "product": "meraki",
            "sensor": "MX1",
            "action": "allow",
            "category": "flows",
            "ts_ns": 1_714_557_600_123_456_789,
            "end_ns": 1_714_557_600_123_456_789,
            "flow": True,
        },
    ),
    (
        "1714557601.5 MX1 urls src=192.0.2.5:51000 dst=198.51.100.7:80 mac=02:00:00:00:00:01 "
        "request: GET http://www.example.org/a",
        {
            "orig_h": "192.0.2.5",
            "orig_p": 51000,
            "resp_h": "198.51.100.7",
            "resp_p": 80,
            "orig_l2_addr": "02:00:00:00:00:01",
            "product": "meraki",
            "sensor": "MX1",
            "domain": "www.example.org",
            "category": "urls",
            "ts_ns": 1_714_557_601_500_000_000,
            "end_ns": 1_714_557_601_500_000_000,
            "flow": True,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(meraki, line)
    assert {key: row.get(key) for key in expected} == expected
