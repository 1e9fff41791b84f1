"""`doh_tunnel`: encrypted look-ups at public resolvers, and what may be hidden in them."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of, session
from lynceus.detect.doh_tunnel import DohTunnel

HOST, RESOLVER = "10.0.0.5", "203.0.113.8"
HELLO = [
    {"at_s": 1.0, "orig_h": HOST, "resp_h": RESOLVER, "resp_p": 443, "server_name": "dns.google"}
]


def carried(sent: int, got: int) -> list[dict[str, Any]]:
    return [session(HOST, RESOLVER, 443, 1.0, service="tls", orig_bytes=sent, resp_bytes=got)]


@pytest.mark.parametrize(("sent", "got"), [(900_000, 300_000), (6_000_000, 9_000_000)])
def test_more_than_questions_is_a_tunnel(sent: int, got: int) -> None:
    (finding,) = findings_of(DohTunnel(), carried(sent, got), tls=HELLO)
    assert (finding["orig_h"], finding["resp_h"], finding["severity"]) == (HOST, RESOLVER, "medium")
    assert (finding["orig_role"], finding["resp_role"]) == ("infected", "service")


def test_ordinary_use_is_info_and_tells_its_volume() -> None:
    (finding,) = findings_of(DohTunnel(), carried(300_000, 900_000), tls=HELLO)
    assert (finding["severity"], finding["orig_role"]) == ("info", "user")
    assert finding["because"] == (
        "10.0.0.5 asked the public resolver dns.google (203.0.113.8) by encrypted DNS on port 443 "
        "(https) (1 connection), sent 300.0 KB and got 900.0 KB."
    )


def test_resolvers_are_known_by_address_too() -> None:
    hello = [{"at_s": 1.0, "orig_h": HOST, "resp_h": "1.1.1.1", "resp_p": 853, "server_name": None}]
    (finding,) = findings_of(DohTunnel(), tls=hello)
    assert finding["severity"] == "info"


def test_other_places_are_none() -> None:
    hello = [{**HELLO[0], "server_name": "www.example.org"}]
    assert findings_of(DohTunnel(), carried(9_000_000, 1000), tls=hello) == []
