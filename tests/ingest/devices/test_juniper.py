"""Lines of: Juniper's SRX and Junos: structured data (RFC 5424) or sentences, traffic and wh."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import juniper

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "<14>1 2024-05-01T10:00:10Z srx RT_FLOW - RT_FLOW_SESSION_CLOSE [junos@2636.1.1.1.2.2"
        '6 reason="TCP FIN" source-address="192.0.2.5" source-port="51000" destination-addres'
        's="198.51.100.7" destination-port="443" service-name="junos-https" protocol-id="6" p'
        'olicy-name="out" session-id-32="9" packets-from-client="9" bytes-from-client="900" p'
        'ackets-from-server="8" bytes-from-server="7000" elapsed-time="10" username="alice"]',
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
            "conn": "9",
            "product": "junos",
            "sensor": "srx",
            "event_code": "RT_FLOW_SESSION_CLOSE",
            "action": "close",
            "rule": "out",
            "username": "alice",
            "message": "TCP FIN",
            "ts_ns": 1_714_557_600_000_000_000,
            "end_ns": 1_714_557_610_000_000_000,
            "flow": True,
        },
    ),
    (
        "May  1 10:00:00 srx RT_FLOW: RT_FLOW_SESSION_DENY: session denied 203.0.113.9/40000-"
        ">192.0.2.10/445 0x0 junos-smb 6(0) default-deny untrust trust",
        {
            "orig_h": "203.0.113.9",
            "orig_p": 40000,
            "resp_h": "192.0.2.10",
            "resp_p": 445,
            "proto": "tcp",
            "service": "smb",
            "product": "junos",
            "sensor": "srx",
            "event_code": "RT_FLOW_SESSION_DENY",
            "action": "deny",
            "rule": "default-deny",
            "ts_ns": 73_562_400_000_000_000,
            "end_ns": 73_562_400_000_000_000,
            "flow": True,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(juniper, line)
    assert {key: row.get(key) for key in expected} == expected
