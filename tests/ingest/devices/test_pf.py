"""Lines of: The packet filter log of pfSense and OPNsense (`filterlog`), CSV by IP version a."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import pf

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "<134>1 2024-05-01T10:00:00.5+02:00 fw filterlog 321 - - 9,,,1000000103,igb0,match,bl"
        "ock,in,4,0x0,,64,1,0,DF,6,tcp,60,203.0.113.9,192.0.2.10,40000,443,0,S,1,,64240,,mss",
        {
            "orig_h": "203.0.113.9",
            "orig_p": 40000,
            "resp_h": "192.0.2.10",
            "resp_p": 443,
            "proto": "tcp",
            "orig_bytes": 60,
            "orig_packets": 1,
            "product": "filterlog",
            "sensor": "fw",
            "action": "block",
            "rule": "1000000103",
            "category": "match",
            "ts_ns": 1_714_550_400_500_000_000,
            "end_ns": 1_714_550_400_500_000_000,
            "flow": True,
        },
    ),
    (
        "May  1 10:00:00 fw filterlog[321]: 12,,,1000000105,igb1,match,pass,in,6,0x00,0x1,64,"
        "udp,17,72,2001:db8::5,2001:db8::53,5353,53,52",
        {
            "orig_h": "2001:db8::5",
            "orig_p": 5353,
            "resp_h": "2001:db8::53",
            "resp_p": 53,
            "proto": "udp",
            "orig_bytes": 72,
            "orig_packets": 1,
            "product": "filterlog",
            "sensor": "fw",
            "action": "pass",
            "rule": "1000000105",
            "category": "match",
            "ts_ns": 73_562_400_000_000_000,
            "end_ns": 73_562_400_000_000_000,
            "flow": True,
        },
    ),
    (
        "May  1 10:00:00 fw filterlog: 4,,,0,igb0,match,pass,in,4,0x0,,64,5,0,none,1,icmp,84,"
        "192.0.2.5,198.51.100.7,request,9,1",
        {
            "orig_h": "192.0.2.5",
            "resp_h": "198.51.100.7",
            "proto": "icmp",
            "orig_bytes": 84,
            "orig_packets": 1,
            "product": "filterlog",
            "sensor": "fw",
            "action": "pass",
            "rule": "4",
            "category": "match",
            "ts_ns": 73_562_400_000_000_000,
            "end_ns": 73_562_400_000_000_000,
            "flow": True,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(pf, line)
    assert {key: row.get(key) for key in expected} == expected
