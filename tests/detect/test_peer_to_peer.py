"""`peer_to_peer`: file sharing and other traffic from peer to peer."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of
from lynceus.detect.peer_to_peer import PeerToPeer


def met(count: int, **columns: Any) -> list[dict[str, Any]]:
    usual = {"orig_h": "10.0.0.5", "orig_p": 6881, "proto": "udp", "orig_packets": 2,
             "resp_packets": 2, "orig_bytes": 200, "resp_bytes": 300}  # fmt: skip
    return [
        {**usual, "at_s": float(n), "resp_h": f"203.0.{n // 200}.{n % 200 + 1}",
         "resp_p": 10_000 + 37 * n, "resp_packets": n % 3, **columns}
        for n in range(count)
    ]  # fmt: skip


def test_a_known_protocol_of_sharing_is_told() -> None:
    (finding,) = findings_of(PeerToPeer(), met(20, service="bittorrent"))
    assert (finding["severity"], finding["confidence"]) == ("low", 0.8)
    assert finding["because"] == (
        "10.0.0.5 spoke BitTorrent with 20 hosts outside and exchanged 10.0 KB."
    )


def test_the_shape_tells_where_content_does_not() -> None:
    (finding,) = findings_of(PeerToPeer(), met(150))
    assert (finding["severity"], finding["confidence"]) == ("low", 0.35)


@pytest.mark.parametrize(
    "rows",
    [met(90), met(150, resp_p=3478), met(150, resp_p=443), met(150, service="dns"),
     met(150, orig_h="192.0.2.3"), met(4, service="bittorrent")],
    ids=["few", "calls", "web", "named", "from outside", "four peers"],
)  # fmt: skip
def test_ordinary_traffic_is_none(rows: list[dict[str, Any]]) -> None:
    assert findings_of(PeerToPeer(), rows) == []
