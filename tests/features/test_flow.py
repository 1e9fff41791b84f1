"""What a row says about itself (`flow.py`, `ports.py`)."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from lynceus.engine import SCHEMAS
from lynceus.enrich.facts import with_facts
from lynceus.features import ports
from lynceus.features.flow import registered_domain, with_row_features
from lynceus.records import conform
from lynceus.testing import flow, flows


def told(**columns: Any) -> dict[str, Any]:
    frame = conform(flows([flow(**columns)]), SCHEMAS["flows"])
    return with_row_features("flows", with_facts("flows", frame, [])).row(0, named=True)


@pytest.mark.parametrize(
    ("columns", "failed"),
    [
        ({"conn_state": "S0"}, True),
        ({"conn_state": "REJ"}, True),
        ({"conn_state": "SF"}, False),
        ({"conn_state": "SF", "orig_bytes": 0, "resp_bytes": 0, "history": "ShAFf"}, True),
        ({"conn_state": "SF", "resp_bytes": None, "total_bytes": None}, False),
        ({"conn_state": "SF", "orig_bytes": None, "resp_bytes": None, "resp_packets": None}, False),
        ({"conn_state": "RSTR", "resp_bytes": None, "total_bytes": None}, False),
        ({"conn_state": "S0", "orig_bytes": None, "resp_bytes": None}, True),
        ({"conn_state": "RSTO", "history": "ShR", "orig_bytes": 0, "resp_bytes": 0}, True),
        ({"conn_state": "OTH", "history": "^Aa", "orig_bytes": 0, "resp_bytes": 0}, False),
        ({"conn_state": "S0", "orig_packets": 400, "orig_bytes": 90_000}, False),
        ({"proto": "udp", "conn_state": "S0", "resp_p": 161}, True),
        ({"proto": "udp", "conn_state": "SF", "resp_p": 53}, False),
        ({"conn_state": None, "history": None, "orig_packets": None, "resp_packets": None,
          "orig_bytes": None, "resp_bytes": None, "total_bytes": 2_300_000}, False),
        ({"conn_state": None, "history": None, "resp_packets": 0, "resp_bytes": 0,
          "orig_packets": 1, "orig_bytes": 60, "bytes_are_ip": True}, True),
    ],
)  # fmt: skip
def test_failed_is_an_attempt_without_a_conversation(columns: dict[str, Any], failed: bool) -> None:
    assert told(**columns)["failed"] is failed


def test_refused_and_silent() -> None:
    assert told(conn_state="REJ")["refused"] and not told(conn_state="REJ")["silent"]
    assert told(conn_state="S0")["silent"] and not told(conn_state="S0")["refused"]


def test_payload_is_estimated_where_whole_packets_are_counted() -> None:
    row = told(bytes_are_ip=True, orig_packets=3, orig_bytes=3 * 78 + 100, resp_packets=1,
               resp_bytes=60)  # fmt: skip
    assert (row["orig_data_bytes"], row["resp_data_bytes"]) == (100, 0)


@pytest.mark.parametrize(
    ("columns", "reply"),
    [
        ({"proto": "udp", "orig_p": 53, "resp_p": 40_000}, True),
        ({"proto": "udp", "orig_p": 40_000, "resp_p": 53}, False),
        ({"orig_p": 443, "resp_p": 51_000, "conn_state": "OTH", "history": "^fA"}, True),
        ({"orig_p": 53, "resp_p": 8080, "conn_state": "S0"}, False),
    ],
)
def test_the_far_end_of_a_conversation_is_no_attempt(columns: dict[str, Any], reply: bool) -> None:
    assert told(**columns)["reply_like"] is reply


@pytest.mark.parametrize(
    ("address", "unicast"),
    [("10.0.0.9", True), ("224.0.0.251", False), ("255.255.255.255", False), ("ff02::fb", False),
     ("2001:db8::1", True), (None, True)],
)  # fmt: skip
def test_unicast(address: str | None, unicast: bool) -> None:
    assert told(resp_h=address)["unicast"] is unicast


@pytest.mark.parametrize(
    ("address", "inside"),
    [("10.1.2.3", True), ("172.31.0.1", True), ("172.32.0.1", False), ("192.0.2.4", False),
     ("fd00::1", True), ("fe80::1", True), ("2001:db8::1", False)],
)  # fmt: skip
def test_inside_by_address_where_no_network_is_told(address: str, inside: bool) -> None:
    assert told(orig_h=address)["orig_in"] is inside


def test_services_by_content_first_and_port_second() -> None:
    assert told(resp_p=22)["login"] == "ssh"
    assert told(resp_p=2200, service="ssh")["login"] == "ssh"
    assert told(resp_p=22, service="http")["login"] is None
    assert told(resp_p=3389, service="tls")["admin"] == "rdp"
    assert told(resp_p=445)["admin"] == "smb"
    assert told(resp_p=5985, service="http")["admin"] == "winrm"
    assert told(resp_p=22, service="http")["admin"] is None
    assert told(resp_p=22, proto="udp")["login"] is None


@pytest.mark.parametrize(
    ("name", "registered"),
    [("a.b.example.com", "example.com"), ("x.example.co.uk", "example.co.uk"),
     ("example.com", "example.com"), ("host", "host"), ("a.tunnel.xyz", "tunnel.xyz")],
)  # fmt: skip
def test_registered_domain_by_labels(name: str, registered: str) -> None:
    frame = pl.DataFrame({"query": [name]})
    assert frame.select(registered_domain(pl.col("query"))).item() == registered


def test_words_for_ports() -> None:
    frame = pl.DataFrame({"resp_p": pl.Series([22, 40_000, None], dtype=pl.UInt16)})
    assert frame.select(ports.port_text()).to_series().to_list() == [
        "port 22 (ssh)", "port 40000", None,
    ]  # fmt: skip
