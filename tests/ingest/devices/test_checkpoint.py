"""Lines of: Check Point's log exporter in its syslog form, and lines as the log viewer expor."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import checkpoint

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        '<134>1 2024-05-01T10:00:10Z cp CheckPoint 1 - [action:"Drop"; ifdir:"inbound"; origi'
        'n:"192.0.2.1"; time:"1714557610"; version:"5"; dst:"192.0.2.10"; proto:"6"; rule:"7"'
        '; rule_name:"Cleanup"; s_port:"40000"; service:"445"; src:"203.0.113.9"; product:"VP'
        'N-1 & FireWall-1"; ]',
        {
            "orig_h": "203.0.113.9",
            "orig_p": 40000,
            "resp_h": "192.0.2.10",
            "resp_p": 445,
            "proto": "tcp",
            "product": "vpn-1 & firewall-1",
            "sensor": "192.0.2.1",
            "action": "Drop",
            "rule": "Cleanup",
            "category": "VPN-1 & FireWall-1",
            "ts_ns": 1_714_557_610_000_000_000,
            "end_ns": 1_714_557_610_000_000_000,
            "flow": True,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(checkpoint, line)
    assert {key: row.get(key) for key in expected} == expected
