"""`icmp_tunnel`: data carried in echo requests."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of
from lynceus.detect.icmp_tunnel import IcmpTunnel


def echoes(sizes: list[tuple[int, int]], packets: int = 10, **columns: Any) -> list[dict[str, Any]]:
    usual = {"orig_h": "10.0.0.5", "resp_h": "203.0.113.80", "proto": "icmp", "orig_p": 8,
             "resp_p": 0, "orig_packets": packets, "resp_packets": packets}  # fmt: skip
    return [
        {**usual, "at_s": 10.0 * n, "orig_bytes": asked * packets, "resp_bytes": told * packets,
         **columns}
        for n, (asked, told) in enumerate(sizes)
    ]  # fmt: skip


def test_answers_that_do_not_repeat_the_request_are_a_tunnel() -> None:
    (finding,) = findings_of(IcmpTunnel(), echoes([(1000, 400)] * 10))
    assert (finding["orig_h"], finding["resp_h"], finding["severity"]) == (
        "10.0.0.5",
        "203.0.113.80",
        "high",
    )
    assert (finding["orig_role"], finding["resp_role"]) == ("infected", "attacker")
    assert finding["because"] == (
        "10.0.0.5 and 203.0.113.80 exchanged 140.0 KB in 200 messages of ICMP echo, on average "
        "1000 bytes asked and 400 answered; the answers to a ping repeat it, these do not."
    )


def test_little_of_it_is_medium() -> None:
    (finding,) = findings_of(IcmpTunnel(), echoes([(300, 100)] * 2, packets=20))
    assert finding["severity"] == "medium"


def test_sizes_that_change_are_a_weaker_sign() -> None:
    (finding,) = findings_of(IcmpTunnel(), echoes([(n, n) for n in range(200, 1400, 100)]))
    assert (finding["severity"], finding["confidence"]) == ("medium", 0.6)


@pytest.mark.parametrize(
    "rows",
    [
        echoes([(56, 56)] * 300),
        echoes([(32, 32)] * 300, packets=4),
        echoes([(1472, 1472)] * 5),
        echoes([(56, 0)] * 300, resp_packets=0),
        echoes([(56, 56)] * 60, resp_packets=9, resp_bytes=504),
        echoes([(1000, 400)], packets=3),
        echoes([(600, 20)] * 10, orig_p=3),
    ],
    ids=["linux", "windows", "path", "silence", "losses", "few", "errors"],
)
def test_ordinary_pings_are_none(rows: list[dict[str, Any]]) -> None:
    assert findings_of(IcmpTunnel(), rows) == []


def test_bulk_that_is_answered_alike_is_low() -> None:
    (finding,) = findings_of(IcmpTunnel(), echoes([(1472, 1472)] * 60))
    assert (finding["severity"], finding["orig_role"]) == ("low", "unknown")
