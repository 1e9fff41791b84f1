"""Lines of: Amazon's VPC flow logs: the default form, version 5 with all fields, and as JSON."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import aws_vpc

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "3 123456789012 eni-0a1b2c3d 192.0.2.5 198.51.100.7 51000 443 6 12 3400 1700000000 17"
        "00000060 REJECT OK vpc-1 subnet-2",
        {
            "orig_h": "192.0.2.5",
            "orig_p": 51000,
            "resp_h": "198.51.100.7",
            "resp_p": 443,
            "proto": "tcp",
            "orig_bytes": 3400,
            "orig_packets": 12,
            "product": "vpc_flow",
            "sensor": "eni-0a1b2c3d",
            "event_code": "OK",
            "action": "REJECT",
            "hostname": "eni-0a1b2c3d",
            "ts_ns": 1_700_000_000_000_000_000,
            "end_ns": 1_700_000_060_000_000_000,
            "flow": True,
        },
    ),
    (
        '{"account_id":"123456789012","interface_id":"eni-0a1b2c3d","srcaddr":"192.0.2.5","ds'
        'taddr":"198.51.100.7","srcport":51000,"dstport":53,"protocol":17,"packets":2,"bytes"'
        ':150,"start":1700000000,"end":1700000010,"action":"ACCEPT","log_status":"OK"}',
        {
            "orig_h": "192.0.2.5",
            "orig_p": 51000,
            "resp_h": "198.51.100.7",
            "resp_p": 53,
            "proto": "udp",
            "orig_bytes": 150,
            "orig_packets": 2,
            "product": "vpc_flow",
            "sensor": "eni-0a1b2c3d",
            "event_code": "OK",
            "action": "ACCEPT",
            "hostname": "eni-0a1b2c3d",
            "ts_ns": 1_700_000_000_000_000_000,
            "end_ns": 1_700_000_010_000_000_000,
            "flow": True,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(aws_vpc, line)
    assert {key: row.get(key) for key in expected} == expected
