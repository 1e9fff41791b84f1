"""`anonymiser`: traffic to the outside that hides what it carries."""

from __future__ import annotations

import pytest

from detect.traffic import findings_of, session
from lynceus.detect.anonymiser import Anonymiser

HOST, FAR = "10.0.0.5", "203.0.113.80"


@pytest.mark.parametrize(
    ("service", "port", "level"),
    [("wireguard", 51820, "low"), ("openvpn", 443, "low"), ("ipsec", 4500, "low"),
     ("socks", 1080, "low"), ("tor", 9001, "medium")],
)  # fmt: skip
def test_each_is_told_by_content(service: str, port: int, level: str) -> None:
    (finding,) = findings_of(Anonymiser(), [session(HOST, FAR, port, 1.0, service=service)])
    assert (finding["severity"], finding["service"]) == (level, service)
    assert finding["because"].endswith("4.5 KB in 1 connection, the longest 1.0 s.")


def test_an_odd_port_makes_it_surer() -> None:
    usual, odd = (
        findings_of(Anonymiser(), [session(HOST, FAR, port, 1.0, service="openvpn")])[0]
        for port in (1194, 31_337)
    )
    assert usual["confidence"] < odd["confidence"]


def test_names_that_lead_into_tor_are_medium() -> None:
    rows = [{"at_s": 1.0, "orig_h": HOST, "resp_h": "10.0.0.53", "query": "abc234.onion.ws"}]
    (finding,) = findings_of(Anonymiser(), dns=rows)
    assert (finding["severity"], finding["techniques"]) == ("medium", ["T1090.003"])


def test_ordinary_traffic_is_none() -> None:
    rows = [
        session(HOST, FAR, 443, 1.0, service="tls"),
        session(HOST, FAR, 1194, 2.0),
        session(HOST, "10.0.0.9", 51820, 3.0, service="wireguard"),
        session(HOST, FAR, 51820, 4.0, service="wireguard", orig_bytes=148, resp_bytes=92),
    ]
    names = [{"at_s": 1.0, "orig_h": HOST, "query": "www.onion-soup.org"}]
    assert findings_of(Anonymiser(), rows, dns=names) == []
