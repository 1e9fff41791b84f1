"""`odd_port`: a protocol where it does not belong."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of, session
from lynceus.detect.odd_port import OddPort

HOST, FAR = "10.0.0.5", "203.0.113.80"


def spoken(service: str | None, port: int, resp_h: str = FAR, **columns: Any) -> dict[str, Any]:
    return session(HOST, resp_h, port, 1.0, service=service, source="zeek", **columns)


@pytest.mark.parametrize(
    ("service", "port", "level"),
    [("ssh", 443, "medium"), ("rdp", 80, "medium"), ("ssh", 10_022, "low"), ("http", 1234, "low"),
     ("tls", 4287, "low"), ("dns", 5300, "low")],
)  # fmt: skip
def test_a_moved_protocol_is_told(service: str, port: int, level: str) -> None:
    (finding,) = findings_of(OddPort(), [spoken(service, port)])
    assert (finding["severity"], finding["service"], finding["resp_p"]) == (level, service, port)
    assert "where it is not at home: 4.5 KB in 1 connection." in finding["because"]


def test_an_unknown_protocol_on_a_known_port_is_told() -> None:
    (finding,) = findings_of(OddPort(), [spoken(None, 443)])
    assert finding["because"] == (
        "10.0.0.5 and 203.0.113.80 exchanged 4.5 KB in 1 connection on port 443 (https), and it "
        "was no TLS."
    )
    assert finding["severity"] == "low"


@pytest.mark.parametrize(
    "row",
    [
        spoken("ssh", 22), spoken("ssh", 2222), spoken("http", 8080), spoken("tls", 993),
        spoken("smb", 445), spoken("http", 49_152, resp_h="10.0.0.9"),
        spoken(None, 443, resp_h="10.0.0.9"), spoken(None, 443, history="ShADadGgFf"),
        spoken(None, 443, history="DdAa"), spoken(None, 443, orig_bytes=60, resp_bytes=30),
        spoken(None, 40_000), {**spoken(None, 443), "source": "netflow"},
        {**spoken("ssh", 443), "source": "table"},
    ],
)  # fmt: skip
def test_ordinary_conversations_are_none(row: dict[str, Any]) -> None:
    assert findings_of(OddPort(), [row]) == []
