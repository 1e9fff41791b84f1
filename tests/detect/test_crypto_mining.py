"""`crypto_mining`: a host that mines coins for somebody."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of, session
from lynceus.detect.crypto_mining import CryptoMining

HOST, POOL = "10.0.0.5", "203.0.113.80"


def asked(name: str) -> list[dict[str, Any]]:
    return [{"at_s": 1.0, "orig_h": HOST, "resp_h": "10.0.0.53", "query": name, "qtype": "A"}]


def test_stratum_is_told_by_content() -> None:
    (finding,) = findings_of(CryptoMining(), [session(HOST, POOL, 443, 1.0, service="stratum")])
    assert (finding["severity"], finding["orig_role"], finding["service"]) == (
        "medium",
        "infected",
        "stratum",
    )


@pytest.mark.parametrize("name", ["xmr-eu1.nanopool.org", "pool.supportxmr.com", "eth.2miners.com"])
def test_the_name_of_a_pool_is_enough(name: str) -> None:
    (finding,) = findings_of(CryptoMining(), dns=asked(name))
    assert finding["severity"] == "medium"
    assert name in finding["because"]


def test_the_shape_alone_is_low() -> None:
    work = session(HOST, POOL, 3333, 1.0, duration_s=3600.0, orig_packets=120, resp_packets=130,
                   orig_bytes=9_000, resp_bytes=40_000)  # fmt: skip
    (finding,) = findings_of(CryptoMining(), [work])
    assert (finding["severity"], finding["orig_role"]) == ("low", "unknown")


@pytest.mark.parametrize(
    "name", ["poolin-hotel.example", "swimmingpool.org", "www.mining.com", "pool.ntp.org"]
)
def test_other_pools_are_none(name: str) -> None:
    assert findings_of(CryptoMining(), dns=asked(name)) == []


def test_other_traffic_on_such_ports_is_none() -> None:
    bulk = session(HOST, POOL, 4444, 1.0, duration_s=3600.0, orig_packets=900, resp_packets=9000,
                   orig_bytes=60_000, resp_bytes=12_000_000)  # fmt: skip
    brief = session(HOST, POOL, 3333, 1.0, duration_s=30.0, orig_packets=40, resp_packets=40)
    inside = session(
        HOST, "10.0.0.9", 3333, 1.0, duration_s=9000.0, orig_packets=99, resp_packets=99
    )
    assert findings_of(CryptoMining(), [bulk, brief, inside]) == []
