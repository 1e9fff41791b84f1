"""Lines of: Stormshield Network Security: `id=firewall time="..." fw="..." tz=+0100 ... logt."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import stormshield

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        'id=firewall time="2024-05-01 12:00:00" fw="sns" tz=+0200 startime="2024-05-01 11:59:'
        '50" pri=5 ruleid=3 rulename="out" ipproto=tcp proto=https src=192.0.2.5 srcport=5100'
        "0 dst=198.51.100.7 dstport=443 sent=900 rcvd=7000 duration=10.00 action=pass logtype"
        '="connection"',
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
            "product": "sns",
            "sensor": "sns",
            "action": "pass",
            "rule": "out",
            "category": "connection",
            "severity": "5",
            "ts_ns": 1_714_557_590_000_000_000,
            "end_ns": 1_714_557_600_000_000_000,
            "flow": True,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(stormshield, line)
    assert {key: row.get(key) for key in expected} == expected
