"""`staging`: much is gathered inside, and then it leaves."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of, session
from lynceus.detect.staging import Staging

HOST, PLACE = "10.0.0.8", "203.0.113.80"
HOUR = 3_600.0
MB = 1_000_000


def gathers(size: int = 30 * MB, servers: int = 4, at_h: float = 1.0) -> list[dict[str, Any]]:
    return [
        session(HOST, f"10.0.1.{n}", 445, at_h * HOUR + 300 * n, orig_bytes=90_000, resp_bytes=size)
        for n in range(servers)
    ]


def leaves(size: int = 60 * MB, at_h: float = 4.0, **columns: Any) -> dict[str, Any]:
    usual = {"orig_bytes": size, "resp_bytes": 40_000, "duration_s": 600.0, **columns}
    return session(HOST, PLACE, 443, at_h * HOUR, **usual)


def test_what_was_taken_in_goes_out() -> None:
    (finding,) = findings_of(Staging(), [*gathers(), leaves()])
    assert (finding["orig_h"], finding["orig_role"]) == (HOST, "infected")
    assert (finding["resp_h"], finding["severity"]) == (PLACE, "medium")
    assert finding["techniques"] == ["T1074.002", "T1048"]
    assert finding["because"] == (
        "10.0.0.8 took in 120.0 MB from 4 hosts inside and then sent 60.0 MB to 203.0.113.80, "
        "which sent 40.0 KB back."
    )
    assert finding["evidence"]["givers"] == 4


def test_what_others_bring_counts_as_well() -> None:
    brought = [
        session(f"10.0.1.{n}", HOST, 445, 3600 + n, orig_bytes=40 * MB, resp_bytes=9_000)
        for n in range(3)
    ]
    (finding,) = findings_of(Staging(), [*brought, leaves()])
    assert finding["evidence"]["taken_bytes"] == 120 * MB


def test_a_place_that_several_hosts_send_to_is_low() -> None:
    others = [
        session(f"10.0.2.{n}", PLACE, 443, n, orig_bytes=30 * MB, resp_bytes=9_000)
        for n in range(3)
    ]
    (finding,) = findings_of(Staging(), [*gathers(), leaves(), *others])
    assert (finding["severity"], finding["orig_role"]) == ("low", "unknown")


BENIGN = {
    "out before in": [*gathers(at_h=6.0), leaves(at_h=1.0)],
    "only in": gathers(),
    "only out": [leaves()],
    "much more out than in": [*gathers(), leaves(900 * MB)],
    "a trifle": [*gathers(), leaves(9 * MB)],
    "a conversation both ways": [*gathers(), leaves(resp_bytes=60 * MB)],
    "sizes unknown": [*gathers(), {**leaves(), "orig_bytes": None, "resp_bytes": None}],
}


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_ordinary_transfers_are_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(Staging(), rows) == []
