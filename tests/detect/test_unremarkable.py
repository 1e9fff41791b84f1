"""`unremarkable`: rows of a pasted list that are what they seem."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from detect.traffic import findings_of, session
from lynceus.detect.unremarkable import Unremarkable

HOST, SERVER, PLACE = "10.0.0.8", "10.0.0.9", "203.0.113.80"


def row(resp_h: str | None, port: int | None, **columns: Any) -> dict[str, Any]:
    """A row of a list: without a date, without directions."""
    usual = {"orig_h": HOST, "resp_h": resp_h, "resp_p": port, "proto": "tcp", "source": "text"}
    return {**usual, "total_bytes": 48_000, "total_packets": 60, "duration_s": 4.0, **columns}


def test_a_row_without_fault_is_told_as_info_with_the_reason() -> None:
    (finding,) = findings_of(Unremarkable(), [row(PLACE, 443)])
    assert (finding["severity"], finding["score"]) == ("info", 0.0)
    assert (finding["orig_h"], finding["resp_h"]) == (HOST, PLACE)
    assert finding["because"] == (
        "48.0 KB between 10.0.0.8 and 203.0.113.80 on port 443 (https) in 4.0 s: web traffic "
        "with a place no list knows, of ordinary size."
    )
    assert finding["first_seen_ns"] is None, "there is no date in a pasted list"
    assert finding["flows_total"] == 1


def test_a_well_known_provider_is_named(address_of: Callable[[str], str]) -> None:
    (finding,) = findings_of(Unremarkable(), [row(address_of("saas"), 443)])
    assert finding["because"].endswith("ordinary web use.")
    assert (finding["resp_role"], finding["confidence"]) == ("service", 0.9)


@pytest.mark.parametrize(
    ("resp_h", "port", "reason"),
    [
        (SERVER, 445, "traffic inside the network, of ordinary size"),
        (PLACE, 22, "a usual service, of ordinary size"),
        (PLACE, 40_000, "nothing in this row stands out by itself"),
    ],
)
def test_the_reason_fits_the_row(resp_h: str, port: int, reason: str) -> None:
    (finding,) = findings_of(Unremarkable(), [row(resp_h, port)])
    assert finding["because"].endswith(f": {reason}.")


def test_a_row_of_which_little_is_known_is_told_all_the_same() -> None:
    unknown = {"source": "text", "orig_h": HOST}
    (finding,) = findings_of(Unremarkable(), [unknown])
    assert finding["because"].startswith("An unknown amount between 10.0.0.8 and several hosts on")


REMARKABLE = {
    "many hosts": row(None, 22, resp_hosts=127),
    "gigabytes over SMB inside": row(SERVER, 445, total_bytes=8_900_000_000),
    "gigabytes with the outside": row(PLACE, 443, total_bytes=2_000_000_000),
    "a conversation without an end": row(PLACE, 443, duration_s=1_500.0),
}


@pytest.mark.parametrize("remarkable", REMARKABLE.values(), ids=REMARKABLE.keys())
def test_what_others_find_fault_with_is_left_to_them(remarkable: dict[str, Any]) -> None:
    (ordinary,) = findings_of(Unremarkable(), [remarkable, row(PLACE, 80)])
    assert ordinary["resp_p"] == 80


def test_tor_is_left_to_known_bad(address_of: Callable[[str], str]) -> None:
    assert findings_of(Unremarkable(), [row(address_of("tor_exit"), 443)]) == []


@pytest.mark.parametrize(
    "below",
    [
        row(None, 22, resp_hosts=9),
        row(SERVER, 445, total_bytes=999_999_999),
        row(PLACE, 443, total_bytes=1_999_999_999),
        row(PLACE, 443, duration_s=1_499.0),
    ],
    ids=["hosts", "inside", "outside", "duration"],
)
def test_just_below_is_ordinary(below: dict[str, Any]) -> None:
    assert len(findings_of(Unremarkable(), [below])) == 1


def test_flows_of_captures_and_logs_are_not_assessed_one_by_one() -> None:
    assert findings_of(Unremarkable(), [session(HOST, PLACE, 443, at_s=1)]) == []
