"""Lines of: Cisco's IOS, IOS XE, IOS XR and NX-OS: `%FACILITY-SEVERITY-MNEMONIC: sentence`."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import cisco_ios

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "<189>77: edge: May  1 2024 10:00:00.5 UTC: %SEC-6-IPACCESSLOGP: list 101 denied tcp "
        "203.0.113.9(40000) -> 192.0.2.10(23), 3 packets",
        {
            "orig_h": "203.0.113.9",
            "orig_p": 40000,
            "resp_h": "192.0.2.10",
            "resp_p": 23,
            "proto": "tcp",
            "orig_packets": 3,
            "product": "ios",
            "sensor": "edge",
            "event_code": "IPACCESSLOGP",
            "action": "denied",
            "rule": "101",
            "category": "SEC",
            "severity": "6",
            "ts_ns": 1_714_557_600_500_000_000,
            "end_ns": 1_714_557_600_500_000_000,
            "flow": True,
        },
    ),
    (
        "<189>78: edge: May  1 2024 10:00:01 UTC: %SEC_LOGIN-4-LOGIN_FAILED: Login failed [us"
        "er: root] [Source: 203.0.113.9] [localport: 22] [Reason: Login Authentication Failed"
        "] at 10:00:01 UTC Wed May 1 2024",
        {
            "orig_h": "203.0.113.9",
            "resp_p": 22,
            "product": "ios",
            "sensor": "edge",
            "event_code": "LOGIN_FAILED",
            "username": "root",
            "category": "SEC_LOGIN",
            "severity": "4",
            "ts_ns": 1_714_557_601_000_000_000,
            "end_ns": 1_714_557_601_000_000_000,
            "flow": False,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(cisco_ios, line)
    assert {key: row.get(key) for key in expected} == expected
