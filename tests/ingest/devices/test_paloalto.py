"""Lines of: Palo Alto Networks' firewalls: CSV by type of log, and JSON as the cloud service."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import paloalto

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "<14>May  1 12:00:10 pa1 1,2024/05/01 12:00:10,0011,TRAFFIC,end,2305,2024/05/01 12:00"
        ':09,192.0.2.5,198.51.100.7,0.0.0.0,0.0.0.0,"web, out",ex\\alice,,ssl,vsys1,in,out,e1,'
        "e2,log,2024/05/01 12:00:09,555,1,51000,443,0,0,0x0,tcp,allow,7900,900,7000,17,2024/0"
        "5/01 11:59:59,10,any,0,1,0x0,X,Y,0,9,8,tcp-fin,0,0,0,0,,pa1,from-policy",
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
            "total_bytes": 7900,
            "orig_packets": 9,
            "resp_packets": 8,
            "total_packets": 17,
            "conn": "555",
            "product": "pan-os",
            "sensor": "pa1",
            "action": "allow",
            "rule": "web, out",
            "username": "ex\\alice",
            "category": "traffic:end",
            "message": "tcp-fin",
            "ts_ns": 1_714_564_799_000_000_000,
            "end_ns": 1_714_564_809_000_000_000,
            "flow": True,
        },
    ),
    (
        "1,2024/05/01 12:00:10,0011,THREAT,vulnerability,2305,2024/05/01 12:00:09,203.0.113.9"
        ",192.0.2.10,0.0.0.0,0.0.0.0,inbound,,,web-browsing,vsys1,out,in,e1,e2,log,2024/05/01"
        ' 12:00:09,556,1,40000,80,0,0,0x0,tcp,reset-both,"a.php",Example Overflow(31337),any,'
        "high,client-to-server,1,0x0",
        {
            "orig_h": "203.0.113.9",
            "orig_p": 40000,
            "resp_h": "192.0.2.10",
            "resp_p": 80,
            "proto": "tcp",
            "service": "http",
            "conn": "556",
            "product": "pan-os",
            "sensor": "0011",
            "action": "reset-both",
            "rule": "inbound",
            "category": "threat:vulnerability",
            "severity": "high",
            "signature": "Example Overflow",
            "signature_id": "31337",
            "attacker_h": "203.0.113.9",
            "victim_h": "192.0.2.10",
            "ts_ns": 1_714_564_809_000_000_000,
            "end_ns": 1_714_564_809_000_000_000,
            "flow": True,
        },
    ),
    (
        "1,2024/05/01 12:00:10,0011,SYSTEM,auth,2561,2024/05/01 12:00:10,,auth-fail,P,0,0,gen"
        "eral,medium,\"failed authentication for user 'alice'. Reason: no. auth profile 'P', s"
        "erver address '192.0.2.20', From: 203.0.113.9.\",7,0x0,0,0,0,0,,pa1,0,0,2024-05-01T12"
        ":00:10.250+02:00",
        {
            "orig_h": "203.0.113.9",
            "resp_h": "192.0.2.20",
            "product": "pan-os",
            "sensor": "pa1",
            "event_code": "auth-fail",
            "action": "auth-fail",
            "username": "alice",
            "category": "system:auth",
            "severity": "medium",
            "ts_ns": 1_714_557_610_250_000_000,
            "end_ns": 1_714_557_610_250_000_000,
            "flow": False,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(paloalto, line)
    assert {key: row.get(key) for key in expected} == expected
