"""Lines of: Azure's network security group and virtual network flow logs."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import azure_flow

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        '{"records":[{"flowRecords":{"flows":[{"aclID":"a","flowGroups":[{"rule":"DenyAll","f'
        'lowTuples":["1714557600123,203.0.113.9,192.0.2.10,40000,3389,6,I,D,NX,0,0,0,0"]}]}]}'
        "}]}",
        {
            "orig_h": "203.0.113.9",
            "orig_p": 40000,
            "resp_h": "192.0.2.10",
            "resp_p": 3389,
            "proto": "tcp",
            "orig_bytes": 0,
            "resp_bytes": 0,
            "orig_packets": 0,
            "resp_packets": 0,
            "product": "azure_flow",
            "action": "deny",
            "rule": "DenyAll",
            "category": "deny",
            "ts_ns": 1_714_557_600_123_000_000,
            "end_ns": 1_714_557_600_123_000_000,
            "flow": True,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(azure_flow, line)
    assert {key: row.get(key) for key in expected} == expected
