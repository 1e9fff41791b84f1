"""Lines of: Squid's access log in its native form, with or without what administrators appen."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import squid

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "1700000000.250    1500 192.0.2.5 TCP_TUNNEL/200 4321 CONNECT www.example.org:8443 al"
        "ice HIER_DIRECT/198.51.100.7 -",
        {
            "orig_h": "192.0.2.5",
            "resp_h": "198.51.100.7",
            "resp_p": 8443,
            "proto": "tcp",
            "duration_s": 1.5,
            "resp_bytes": 4321,
            "product": "squid",
            "event_code": "200",
            "action": "TCP_TUNNEL",
            "username": "alice",
            "domain": "www.example.org",
            "category": "CONNECT",
            "ts_ns": 1_699_999_998_750_000_000,
            "end_ns": 1_700_000_000_250_000_000,
            "flow": True,
        },
    ),
    (
        "1700000001.000      0 192.0.2.6 TCP_DENIED/403 3900 GET http://bad.example.net/x - H"
        "IER_NONE/- text/html",
        {
            "orig_h": "192.0.2.6",
            "resp_p": 80,
            "proto": "tcp",
            "service": "http",
            "duration_s": 0.0,
            "resp_bytes": 3900,
            "product": "squid",
            "event_code": "403",
            "action": "TCP_DENIED",
            "domain": "bad.example.net",
            "category": "GET",
            "ts_ns": 1_700_000_001_000_000_000,
            "end_ns": 1_700_000_001_000_000_000,
            "flow": False,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(squid, line)
    assert {key: row.get(key) for key in expected} == expected
