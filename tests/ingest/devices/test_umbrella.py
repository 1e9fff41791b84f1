"""Lines of: Cisco Umbrella's DNS log, quoted CSV."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import umbrella

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        '"2024-05-01 10:00:00","Alice","Alice,PC1","192.0.2.5","203.0.113.1","Blocked","1 (A)'
        '","NOERROR","bad.example.net.","Malware","AD Users","AD Users","Malware"',
        {
            "orig_h": "192.0.2.5",
            "product": "umbrella",
            "event_code": "NOERROR",
            "action": "Blocked",
            "username": "Alice",
            "domain": "bad.example.net",
            "category": "Malware",
            "ts_ns": 1_714_557_600_000_000_000,
            "end_ns": 1_714_557_600_000_000_000,
            "flow": False,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(umbrella, line)
    assert {key: row.get(key) for key in expected} == expected
