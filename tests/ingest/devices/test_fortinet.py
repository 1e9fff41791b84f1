"""Lines of: FortiGate and its relatives, `key=value` as they log without CEF."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import fortinet

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        '<189>date=2024-05-01 time=12:00:10 devname="fgt" devid="FGT1" eventtime=171455761000'
        '0000000 tz="+0200" logid="0000000013" type="traffic" subtype="forward" level="notice'
        '" vd="root" srcip=192.0.2.5 srcport=51000 dstip=198.51.100.7 dstport=443 sessionid=7'
        '7 proto=6 action="close" policyid=3 policyname="out srcip=9.9.9.9" service="HTTPS" d'
        'uration=10 sentbyte=900 rcvdbyte=7000 sentpkt=9 rcvdpkt=8 user="alice"',
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
            "conn": "77",
            "product": "fortigate",
            "sensor": "fgt",
            "event_code": "0000000013",
            "action": "close",
            "rule": "out srcip=9.9.9.9",
            "username": "alice",
            "category": "traffic:forward",
            "severity": "notice",
            "ts_ns": 1_714_557_600_000_000_000,
            "end_ns": 1_714_557_610_000_000_000,
            "flow": True,
        },
    ),
    (
        'date=2024-05-01 time=12:00:11 devname="fgt" devid="FGT1" logid="0419016384" type="ut'
        'm" subtype="ips" eventtype="signature" level="alert" tz="+0200" severity="critical" '
        'srcip=203.0.113.9 srcport=40000 dstip=192.0.2.10 dstport=443 sessionid=78 action="dr'
        'opped" proto=6 attack="Example.Overflow" attackid=4711 policyid=9 msg="web: Example.'
        'Overflow"',
        {
            "orig_h": "203.0.113.9",
            "orig_p": 40000,
            "resp_h": "192.0.2.10",
            "resp_p": 443,
            "proto": "tcp",
            "conn": "78",
            "product": "fortigate",
            "sensor": "fgt",
            "event_code": "0419016384",
            "action": "dropped",
            "rule": "9",
            "category": "utm:ips",
            "severity": "critical",
            "message": "web: Example.Overflow",
            "signature": "Example.Overflow",
            "signature_id": "4711",
            "ts_ns": 1_714_557_611_000_000_000,
            "end_ns": 1_714_557_611_000_000_000,
            "flow": True,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(fortinet, line)
    assert {key: row.get(key) for key in expected} == expected
