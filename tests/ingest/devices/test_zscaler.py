"""Lines of: Zscaler's streams of web, firewall, DNS, tunnel and audit records as JSON."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import zscaler

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        '{"sourcetype":"zscalernss-fw","event":{"datetime":"Wed May  1 10:00:00 2024","user":'
        '"alice%20b","csip":"192.0.2.5","csport":"51000","sdip":"198.51.100.7","cdport":"443"'
        ',"proto":"TCP","action":"Drop","rulelabel":"no%20web","inbytes":"0","outbytes":"60"}'
        "}",
        {
            "orig_h": "192.0.2.5",
            "orig_p": 51000,
            "resp_h": "198.51.100.7",
            "resp_p": 443,
            "proto": "tcp",
            "orig_bytes": 60,
            "resp_bytes": 0,
            "product": "zscalernss-fw",
            "action": "Drop",
            "rule": "no web",
            "username": "alice b",
            "ts_ns": 1_714_557_600_000_000_000,
            "end_ns": 1_714_557_600_000_000_000,
            "flow": True,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(zscaler, line)
    assert {key: row.get(key) for key in expected} == expected
