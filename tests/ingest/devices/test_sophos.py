"""Lines of: Sophos' firewalls (`log_type="Firewall" ... src_ip=`) and its older UTM (`sys="S."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import sophos

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        'device="SFW" date=2024-05-01 time=12:00:00 timezone="CEST" device_name="sg" device_i'
        'd=S1 log_id=010101600001 log_type="Firewall" log_component="Firewall Rule" log_subty'
        'pe="Allowed" status="Allow" fw_rule_id=5 user_name="alice" protocol="TCP" src_ip=192'
        ".0.2.5 src_port=51000 dst_ip=198.51.100.7 dst_port=443 sent_pkts=9 recv_pkts=8 sent_"
        "bytes=900 recv_bytes=7000",
        {
            "orig_h": "192.0.2.5",
            "orig_p": 51000,
            "resp_h": "198.51.100.7",
            "resp_p": 443,
            "proto": "tcp",
            "orig_bytes": 900,
            "resp_bytes": 7000,
            "orig_packets": 9,
            "resp_packets": 8,
            "product": "firewall",
            "sensor": "sg",
            "event_code": "010101600001",
            "action": "allow",
            "rule": "5",
            "username": "alice",
            "category": "Firewall:Allowed",
            "ts_ns": 1_714_557_600_000_000_000,
            "end_ns": 1_714_557_600_000_000_000,
            "flow": True,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(sophos, line)
    assert {key: row.get(key) for key in expected} == expected
