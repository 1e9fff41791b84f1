"""`odd_negotiation`: a TLS handshake that does not fit the host that made it."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of
from lynceus.detect.odd_negotiation import OddNegotiation

HOST, FAR = "10.0.0.5", "203.0.113.80"
SOUND = "t13d1516h2_8daaf6152771_02713d6af862"
OLD = "t10d1206h1_aaaaaaaaaaaa_bbbbbbbbbbbb"
DAY_S = 86_400.0


def shaken(at_s: float = 0.0, version: str = "TLS1.3", **columns: Any) -> dict[str, Any]:
    usual = {"orig_h": HOST, "resp_h": FAR, "resp_p": 443, "proto": "tcp", "ja4": SOUND}
    return {
        **usual,
        "at_s": at_s,
        "version": version,
        "cipher": "TLS_AES_128_GCM_SHA256",
        **columns,
    }


def test_a_version_below_what_both_can_is_medium() -> None:
    rows = [shaken(n) for n in range(5)] + [shaken(9, "TLS1.0")]
    (finding,) = findings_of(OddNegotiation(), tls=rows)
    assert (finding["severity"], finding["resp_h"]) == ("medium", FAR)
    assert finding["because"] == (
        "10.0.0.5 and 203.0.113.80 spoke TLS1.0 in 1 of 6 TLS handshakes on port 443 (https) "
        "although both can TLS1.3; in all of these the client offered a sound version and an old "
        "one was chosen."
    )


def test_an_old_program_beside_a_new_one_is_low() -> None:
    rows = [shaken(n) for n in range(5)] + [shaken(9, "TLS1.0", ja4=OLD)]
    (finding,) = findings_of(OddNegotiation(), tls=rows)
    assert (finding["severity"], finding["evidence"]["lowered_handshakes"]) == ("low", 0)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"alpn_offered": ["sl/7"]}, "the client offered sl/7, which nobody has registered"),
        (
            {"resp_p": 993, "alpn_offered": ["h2"], "alpn": "h2"},
            "h2 of the web where mail is at home",
        ),
        (
            {"alpn_offered": ["h2"], "alpn": "http/1.1"},
            "the server chose http/1.1, which it was not offered",
        ),
    ],
)
def test_an_odd_protocol_is_low(columns: dict[str, Any], words: str) -> None:
    (finding,) = findings_of(OddNegotiation(), tls=[shaken(n, **columns) for n in range(3)])
    assert finding["severity"] == "low"
    assert words in finding["because"]


USUAL = [shaken(60.0 * n, resp_h=f"203.0.113.{n % 40}") for n in range(150)]
NEW = "t12d0305h1_cccccccccccc_dddddddddddd"


def new(at_s: float = DAY_S + 60, times: int = 6, **columns: Any) -> list[dict[str, Any]]:
    given = {"ja4": NEW, "resp_h": "198.51.100.7", "server_name": "c.example", **columns}
    return [shaken(at_s + 60.0 * n, "TLS1.2", **given) for n in range(times)]


def test_a_client_that_is_new_on_a_busy_host_is_low() -> None:
    (finding,) = findings_of(OddNegotiation(), tls=USUAL + new())
    assert (finding["severity"], finding["resp_h"]) == ("low", "198.51.100.7")
    assert finding["because"] == (
        f"10.0.0.5 has a new TLS client with JA4 {NEW} after 150 handshakes with 1 other: it spoke "
        "6 times with 198.51.100.7 (c.example)."
    )


@pytest.mark.parametrize(
    "rows",
    [
        [shaken(n) for n in range(5)] + [shaken(9, "TLS1.2")],
        [shaken(n, "TLS1.0", ja4=OLD) for n in range(5)],
        [shaken(n) for n in range(5)] + [shaken(9, "TLS1.0", cipher=None)],
        [shaken(n, alpn_offered=["h2", "http/1.1"], alpn="h2") for n in range(3)],
        [shaken(n, alpn_offered=["\\xba\\xad"]) for n in range(3)],
        [shaken(n, alpn_offered=["sl/7"], resp_h="10.0.0.9") for n in range(3)],
        [shaken(n, alpn_offered=["sl/7"], server_name="www.google.com") for n in range(3)],
        USUAL + new(at_s=3_600),
        USUAL + new(times=4),
        USUAL + new(server_name="www.google.com"),
        USUAL[:50] + new(),
        USUAL + [{**row, "resp_h": f"198.51.100.{n}"} for n, row in enumerate(new())],
    ],
    ids=[
        "sound enough", "old at all times", "no answer", "usual", "grease", "inside", "popular",
        "still learning", "a visit", "known name", "little learned", "many places",
    ],
)  # fmt: skip
def test_ordinary_handshakes_are_none(rows: list[dict[str, Any]]) -> None:
    assert findings_of(OddNegotiation(), tls=rows) == []
