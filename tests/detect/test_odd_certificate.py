"""`odd_certificate`: certificates from outside that something is wrong with."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import START_NS, findings_of
from lynceus.detect.odd_certificate import OddCertificate

DAY_NS = 86_400 * 10**9


def shown(**columns: Any) -> list[dict[str, Any]]:
    """A handshake whose certificate is in order."""
    usual = {"at_s": 60.0, "orig_h": "10.0.0.5", "resp_h": "203.0.113.80", "resp_p": 443,
             "server_name": "www.firm.example", "subject": "CN=www.firm.example",
             "issuer": "CN=Some CA", "san_dns": ["www.firm.example", "firm.example"],
             "not_before_ns": START_NS - 40 * DAY_NS,
             "not_after_ns": START_NS + 50 * DAY_NS}  # fmt: skip
    return [{**usual, **columns}]


OWN = {"subject": "CN=localhost", "issuer": "CN=localhost", "san_dns": []}
ODD = {
    "made by the server itself": OWN,
    "expired": {"not_after_ns": START_NS - DAY_NS},
    "not yet valid": {"not_before_ns": START_NS + DAY_NS},
    "for another name than www.firm.example": {"san_dns": ["else.example"], "subject": "CN=else"},
}


@pytest.mark.parametrize(("words", "columns"), ODD.items())
def test_each_fault_is_low(words: str, columns: dict[str, Any]) -> None:
    (finding,) = findings_of(OddCertificate(), tls=shown(**columns))
    assert finding["severity"] == "low"
    assert finding["because"].endswith(f"was {words}.")


def test_two_of_a_place_without_a_name_are_medium() -> None:
    rows = shown(**OWN, server_name=None, not_before_ns=START_NS - DAY_NS // 2)
    (finding,) = findings_of(OddCertificate(), tls=rows)
    assert finding["severity"] == "medium"
    assert finding["because"].endswith("made by the server itself, issued 0 days before.")


MADE_BY_HAND = {"subject": "CN=whatever", "issuer": "CN=Big Firm CA", "san_dns": None}
PRETENDER = {**MADE_BY_HAND, "server_name": "www.google.com", "established": True}


def test_a_popular_name_with_a_certificate_made_by_hand_is_medium_when_believed() -> None:
    (finding,) = findings_of(OddCertificate(), tls=shown(**PRETENDER))
    assert finding["severity"] == "medium"
    assert finding["because"].endswith("(CN=whatever) was for another name than www.google.com.")
    (own,) = findings_of(OddCertificate(), tls=shown(**{**PRETENDER, **OWN}))
    assert own["severity"] == "medium"


@pytest.mark.parametrize(
    "columns",
    [
        {"established": False},
        {"established": None},
        {"subject": "CN=www.gstatic.com", "san_dns": ["www.gstatic.com"]},
        {"subject": "CN=*.google.com"},
        {"subject": "CN=whatever", "san_dns": ["*.google.com"]},
    ],
    ids=["turned away", "unknown", "another of its names", "its own", "its own among others"],
)
def test_a_popular_name_without_a_pretender(columns: dict[str, Any]) -> None:
    found = findings_of(OddCertificate(), tls=shown(**{**PRETENDER, **columns}))
    assert {f["severity"] for f in found} <= {"info"}


def test_times_that_count_from_the_begin_of_a_capture_judge_no_dates() -> None:
    assert not findings_of(OddCertificate(), tls=shown(at_s=60.0 - START_NS / 1e9))


@pytest.mark.parametrize(
    "columns",
    [
        {"not_before_ns": START_NS - DAY_NS},
        {**OWN, "server_name": "www.google.com"},
    ],
    ids=["only new", "popular name"],
)
def test_what_has_a_plain_reason_is_info(columns: dict[str, Any]) -> None:
    (finding,) = findings_of(OddCertificate(), tls=shown(**columns))
    assert finding["severity"] == "info"


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"san_dns": ["*.firm.example"], "subject": "CN=firm"},
        {"server_name": None, "san_dns": ["other.example"]},
        {**OWN, "resp_h": "10.0.0.9"},
        {"not_after_ns": None, "not_before_ns": None},
    ],
    ids=["in order", "wildcard", "no name asked", "inside", "hidden"],
)
def test_ordinary_certificates_are_none(columns: dict[str, Any]) -> None:
    assert findings_of(OddCertificate(), tls=shown(**columns)) == []
