"""Lines of: Google Cloud's VPC flow logs, JSON entries of Cloud Logging."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import gcp_vpc

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        '{"jsonPayload":{"connection":{"src_ip":"10.0.0.2","src_port":51000,"dest_ip":"198.51'
        '.100.7","dest_port":443,"protocol":6},"bytes_sent":"1200","packets_sent":"9","report'
        'er":"SRC","src_instance":{"vm_name":"vm-a"},"start_time":"2024-05-01T10:00:00.5Z","e'
        'nd_time":"2024-05-01T10:00:05Z"},"timestamp":"2024-05-01T10:00:09Z"}',
        {
            "orig_h": "10.0.0.2",
            "orig_p": 51000,
            "resp_h": "198.51.100.7",
            "resp_p": 443,
            "proto": "tcp",
            "orig_bytes": 1200,
            "total_bytes": 1200,
            "orig_packets": 9,
            "total_packets": 9,
            "product": "vpc_flow",
            "hostname": "vm-a",
            "ts_ns": 1_714_557_600_500_000_000,
            "end_ns": 1_714_557_605_000_000_000,
            "flow": True,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(gcp_vpc, line)
    assert {key: row.get(key) for key in expected} == expected
