"""Lines of: Cloudflare Gateway's network and HTTP records as Logpush writes them, JSON."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import cloudflare

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        '{"Action":"block","Datetime":"2024-05-01T10:00:00Z","DestinationIP":"198.51.100.7","'
        'DestinationPort":443,"DeviceName":"pc1","Email":"alice@example.org","PolicyName":"no'
        '","SNI":"bad.example.net","SourceIP":"192.0.2.5","SourcePort":51000,"Transport":"tcp'
        '"}',
        {
            "orig_h": "192.0.2.5",
            "orig_p": 51000,
            "resp_h": "198.51.100.7",
            "resp_p": 443,
            "proto": "tcp",
            "product": "gateway",
            "action": "block",
            "rule": "no",
            "username": "alice@example.org",
            "hostname": "pc1",
            "domain": "bad.example.net",
            "ts_ns": 1_714_557_600_000_000_000,
            "end_ns": 1_714_557_600_000_000_000,
            "flow": True,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(cloudflare, line)
    assert {key: row.get(key) for key in expected} == expected
