"""Lines of: Cisco's ASA, PIX, FWSM and Firepower Threat Defense: numbered messages (`%ASA-6-."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import cisco_asa

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "%ASA-5-722028: Group <VPN> User <bob> IP <203.0.113.9> Stale SVC connection closed.",
        {"orig_h": "203.0.113.9", "username": "bob", "action": "connection closed"},
    ),
    (
        "<166>May 01 2024 10:00:00: %ASA-6-302013: Built outbound TCP connection 99 for outsi"
        "de:198.51.100.7/443 (198.51.100.7/443) to inside:192.0.2.5/51000 (203.0.113.1/51000)",
        {
            "orig_h": "192.0.2.5",
            "orig_p": 51000,
            "resp_h": "198.51.100.7",
            "resp_p": 443,
            "proto": "tcp",
            "conn": "99",
            "product": "asa",
            "event_code": "302013",
            "action": "built",
            "severity": "6",
            "ts_ns": 1_714_557_600_000_000_000,
            "end_ns": 1_714_557_600_000_000_000,
            "flow": True,
        },
    ),
    (
        "<166>May 01 2024 10:00:10: %ASA-6-302014: Teardown TCP connection 99 for outside:198"
        ".51.100.7/443 to inside:192.0.2.5/51000 duration 0:00:10 bytes 7900 TCP FINs",
        {
            "orig_h": "192.0.2.5",
            "orig_p": 51000,
            "resp_h": "198.51.100.7",
            "resp_p": 443,
            "proto": "tcp",
            "duration_s": 10.0,
            "total_bytes": 7900,
            "conn": "99",
            "product": "asa",
            "event_code": "302014",
            "action": "teardown",
            "severity": "6",
            "message": "TCP FINs",
            "ts_ns": 1_714_557_600_000_000_000,
            "end_ns": 1_714_557_610_000_000_000,
            "flow": True,
        },
    ),
    (
        "<164>May 01 2024 10:00:11: %ASA-4-106023: Deny tcp src outside:203.0.113.9/40000 dst"
        ' inside:192.0.2.10/22 by access-group "outside_in" [0x0, 0x0]',
        {
            "orig_h": "203.0.113.9",
            "orig_p": 40000,
            "resp_h": "192.0.2.10",
            "resp_p": 22,
            "proto": "tcp",
            "product": "asa",
            "event_code": "106023",
            "action": "deny",
            "rule": "outside_in",
            "severity": "4",
            "ts_ns": 1_714_557_611_000_000_000,
            "end_ns": 1_714_557_611_000_000_000,
            "flow": True,
        },
    ),
    (
        "<166>May 01 2024 10:00:12: %ASA-6-106100: access-list in permitted udp inside/192.0."
        "2.5(51000) -> outside/198.51.100.53(53) hit-cnt 1 first hit [0x0, 0x0]",
        {
            "orig_h": "192.0.2.5",
            "orig_p": 51000,
            "resp_h": "198.51.100.53",
            "resp_p": 53,
            "proto": "udp",
            "product": "asa",
            "event_code": "106100",
            "action": "permitted",
            "rule": "in",
            "severity": "6",
            "ts_ns": 1_714_557_612_000_000_000,
            "end_ns": 1_714_557_612_000_000_000,
            "flow": True,
        },
    ),
    (
        "<166>May 01 2024 10:00:12: %ASA-6-113005: AAA user authentication Rejected : reason "
        "= Invalid password : server = 192.0.2.20 : user = alice : user IP = 203.0.113.9",
        {
            "orig_h": "203.0.113.9",
            "resp_h": "192.0.2.20",
            "product": "asa",
            "event_code": "113005",
            "action": "aaa user authentication rejected",
            "username": "alice",
            "severity": "6",
            "ts_ns": 1_714_557_612_000_000_000,
            "end_ns": 1_714_557_612_000_000_000,
            "flow": False,
        },
    ),
    (
        "May  1 10:00:00 ftd %FTD-1-430003: EventPriority: Low, FirstPacketSecond: 2024-05-01"
        "T10:00:00Z, LastPacketSecond: 2024-05-01T10:00:04Z, ConnectionID: 5, AccessControlRu"
        "leAction: Block, SrcIP: 192.0.2.5, DstIP: 198.51.100.7, SrcPort: 51000, DstPort: 443"
        ", Protocol: tcp, ACPolicy: main, AccessControlRuleName: no web, out, User: alice, In"
        "itiatorPackets: 3, ResponderPackets: 2, InitiatorBytes: 300, ResponderBytes: 200",
        {
            "orig_h": "192.0.2.5",
            "orig_p": 51000,
            "resp_h": "198.51.100.7",
            "resp_p": 443,
            "proto": "tcp",
            "orig_bytes": 300,
            "resp_bytes": 200,
            "orig_packets": 3,
            "resp_packets": 2,
            "conn": "5",
            "product": "ftd",
            "sensor": "ftd",
            "event_code": "430003",
            "action": "Block",
            "rule": "no web, out",
            "username": "alice",
            "severity": "1",
            "ts_ns": 1_714_557_600_000_000_000,
            "end_ns": 1_714_557_604_000_000_000,
            "flow": True,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(cisco_asa, line)
    assert {key: row.get(key) for key in expected} == expected
