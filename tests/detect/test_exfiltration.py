"""`exfiltration`: much goes out and little comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detect.traffic import findings_of, session
from enrich.made_mmdb import made_mmdb
from lynceus.detect.exfiltration import Exfiltration
from lynceus.enrich import Geography

HOST, PLACE = "10.0.0.8", "203.0.113.80"
HOUR, MB = 3600.0, 1_000_000


def sent(
    megabytes: float, at_s: float = 60.0, resp_h: str = PLACE, back: float = 0.01, **columns: Any
) -> dict[str, Any]:
    """An upload; `back` is what comes back, as a share of it."""
    size = round(megabytes * MB)
    usual = {"duration_s": 120.0, "orig_bytes": size, "resp_bytes": round(size * back), **columns}
    return session(HOST, resp_h, 443, at_s, **usual)


def test_an_upload_to_a_place_that_nobody_knows() -> None:
    (finding,) = findings_of(Exfiltration(), [sent(20, at_s=n * 300.0) for n in range(3)])
    assert (finding["orig_h"], finding["orig_role"]) == (HOST, "infected")
    assert (finding["resp_h"], finding["resp_role"]) == (PLACE, "unknown")
    assert (finding["severity"], finding["techniques"]) == ("medium", ["T1048", "T1041"])
    assert finding["because"] == (
        "10.0.0.8 sent 60.0 MB to 203.0.113.80 on port 443 (https) and got 600.0 KB back: "
        "100 % of all it sent outside."
    )
    assert finding["evidence"]["sent_bytes"] == 60 * MB
    assert finding["evidence"]["sent_to_received"] == 100
    assert finding["score"] == pytest.approx(60 / 110)
    assert finding["flows_total"] == 3


def test_half_a_gigabyte_is_high() -> None:
    (finding,) = findings_of(Exfiltration(), [sent(600)])
    assert finding["severity"] == "high"


def test_slices_over_a_day_are_added_up() -> None:
    (finding,) = findings_of(Exfiltration(), [sent(4, at_s=n * HOUR) for n in range(14)])
    assert finding["evidence"]["sent_bytes"] == 56 * MB
    assert finding["window_end_ns"] - finding["window_start_ns"] == 24 * HOUR * 1e9


def test_slices_over_several_places_are_added_up() -> None:
    places = [sent(9, at_s=n * 60.0, resp_h=f"203.0.113.{n}") for n in range(1, 5)]
    (finding,) = findings_of(Exfiltration(), places)
    assert (finding["resp_h"], finding["evidence"]["places"]) == (None, 4)
    assert "sent 36.0 MB to 4 places outside" in finding["because"]


def test_many_small_flows_do_not_hide_it() -> None:
    (finding,) = findings_of(Exfiltration(), [sent(0.1, at_s=n * 5.0) for n in range(400)])
    assert finding["evidence"]["connections"] == 400


def test_where_directions_are_not_told_far_more_is_needed() -> None:
    both = {"orig_bytes": None, "resp_bytes": None}
    assert findings_of(Exfiltration(), [sent(1, **both, total_bytes=1_900 * MB)]) == []
    (finding,) = findings_of(Exfiltration(), [sent(1, **both, total_bytes=9_000 * MB)])
    assert "the source does not tell the directions apart" in finding["because"]
    assert finding["confidence"] == 0.4


def test_backup_to_a_well_known_provider_is_low(address_of: Callable[[str], str]) -> None:
    provider = address_of("saas")
    others = {**sent(0.01, resp_h=provider), "orig_h": "10.0.1.2"}
    assert findings_of(Exfiltration(), [sent(150, resp_h=provider), others]) == []
    (finding,) = findings_of(Exfiltration(), [sent(900, resp_h=provider)])
    assert (finding["severity"], finding["confidence"]) == ("low", 0.25)
    assert (finding["orig_role"], finding["techniques"]) == ("unknown", ["T1567.002"])
    assert finding["because"].endswith("backup or synchronisation?")


def test_a_popular_name_is_low_wherever_it_is_hosted() -> None:
    names = [{"orig_h": HOST, "resp_h": PLACE, "server_name": "www.dropbox.com", "at_s": 60.0}]
    (finding,) = findings_of(Exfiltration(), [sent(300)], tls=names)
    assert finding["severity"] == "low"
    assert "dropbox.com (203.0.113.80)" in finding["because"]


def test_a_place_that_all_use_is_less_sure() -> None:
    others = [{**sent(0.01, at_s=n), "orig_h": f"10.0.1.{n}"} for n in range(12)]
    (finding,) = findings_of(Exfiltration(), [sent(600), *others])
    assert (finding["severity"], finding["confidence"]) == ("medium", 0.4)
    assert finding["evidence"]["inside_hosts"] == 13


def office(count: int = 4, **columns: Any) -> list[dict[str, Any]]:
    """Other hosts that call places of their own: what makes a rare place known as one."""
    usual = {"duration_s": 2.0, "orig_bytes": 4_000, "resp_bytes": 90_000, **columns}
    return [session(f"10.0.1.{n}", f"198.51.100.{n}", 443, 90.0 + n, **usual) for n in range(count)]


def test_less_suffices_for_a_place_of_nobody_else_where_it_stands_out() -> None:
    slices = [sent(5.5, at_s=n * 60.0) for n in range(4)]
    (finding,) = findings_of(Exfiltration(), [*office(), *slices, sent(0.3, resp_h="203.0.113.9")])
    assert (finding["severity"], finding["confidence"]) == ("medium", 0.45)
    assert finding["evidence"]["stands_out"] is True
    assert finding["because"] == (
        "10.0.0.8 sent 22.0 MB to 203.0.113.80 on port 443 (https) and got 220.0 KB back: 99 % of "
        "all it sent outside. No other inside host used that place in that hour."
    )
    assert finding["score"] == pytest.approx(22 / 72, abs=1e-6)


def test_a_place_in_a_network_of_others_is_not_rare_and_a_lonely_country_is_surer(
    tmp_path: Path,
) -> None:
    pytest.importorskip("maxminddb")
    countries = made_mmdb(
        tmp_path / "country.mmdb",
        {"203.0.113.0/24": {"country": "XK"}, "198.51.100.0/24": {"country": "AT"}},
    )
    shared = {"asn": 64500, "as_name": "Shared"}
    apart = {"198.51.100.0/24": shared, "203.0.113.0/24": {"asn": 64501, "as_name": "Lone"}}
    slices = [sent(5.5, at_s=n * 60.0) for n in range(4)]
    rows = [*office(), *slices]
    own = Geography([countries], [made_mmdb(tmp_path / "own.mmdb", apart)])
    (finding,) = findings_of(Exfiltration(), rows, geography=own)
    assert finding["because"].endswith(
        "No other inside host used that place, its network (AS 64501, Lone), its country (XK) in "
        "that hour."
    )
    assert finding["confidence"] == 0.55
    told = finding["evidence"]
    assert (told["resp_country"], told["resp_asn"], told["country_hosts"]) == ("XK", 64501, 1)
    same = {"198.51.100.0/24": shared, "203.0.113.0/24": shared}
    together = Geography([countries], [made_mmdb(tmp_path / "same.mmdb", same)])
    assert findings_of(Exfiltration(), rows, geography=together) == []


UNCLEAR = {
    "no more than a large mail": [*office(), sent(15)],
    "nobody else is seen": [sent(22)],
    "the host sends more than a tenth elsewhere": [
        *office(), sent(22), sent(6, resp_h="203.0.113.9", back=1)
    ],
    "it is nearly all, but not far above the next": [
        *office(), sent(22), sent(2.3, resp_h="203.0.113.9", back=1)
    ],
}  # fmt: skip


@pytest.mark.parametrize("rows", UNCLEAR.values(), ids=UNCLEAR.keys())
def test_less_is_low_where_it_does_not_stand_out(rows: list[dict[str, Any]]) -> None:
    (finding,) = findings_of(Exfiltration(), rows)
    assert (finding["severity"], finding["confidence"]) == ("low", 0.3)


def test_a_login_service_at_a_provider_is_a_rented_machine(
    address_of: Callable[[str], str],
) -> None:
    provider = address_of("saas")
    by_ssh = [{**sent(45, resp_h=provider), "resp_p": 22, "service": "ssh"}]
    (finding,) = findings_of(Exfiltration(), by_ssh)
    assert (finding["severity"], finding["orig_role"]) == ("medium", "infected")
    by_web = [{**by_ssh[0], "resp_p": 443, "service": "tls"}]
    assert [finding["severity"] for finding in findings_of(Exfiltration(), by_web)] == ["low"]
    names = [{"orig_h": HOST, "resp_h": provider, "server_name": "github.com", "at_s": 60.0}]
    assert findings_of(Exfiltration(), by_ssh, tls=names) == []


BENIGN = {
    "a large mail to a place that another host uses too": [
        *office(),
        sent(22),
        {**sent(0.01), "orig_h": "10.0.1.2"},
    ],
    "a call with pictures that go out twice as fast": [*office(), sent(22, back=0.5)],
    "a download": [sent(2, back=900)],
    "a conversation with pictures both ways": [sent(400, back=0.9)],
    "a copy inside": [sent(900, resp_h="10.0.0.77")],
    "a visitor who uploads to us": [{**sent(900), "orig_h": PLACE, "resp_h": HOST}],
    "a small part of what a busy host sends": [
        sent(30),
        *(sent(30, at_s=n, resp_h=f"198.51.100.{n}", back=0.8) for n in range(1, 9)),
    ],
    "a page with questions": [sent(0.0004, at_s=n, back=30) for n in range(500)],
    "bytes unknown": [{**sent(1), "orig_bytes": None, "resp_bytes": None}],
}


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_ordinary_volume_is_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(Exfiltration(), rows) == []


@pytest.mark.parametrize(
    ("megabytes", "back", "severities"),
    [
        (9.9, 0.01, []),
        (10.0, 0.01, ["low"]),
        (24.9, 0.01, ["low"]),
        (25.0, 0.01, ["medium"]),
        (40.0, 0.11, []),
    ],
)
def test_how_much_and_how_one_sided(megabytes: float, back: float, severities: list[str]) -> None:
    found = findings_of(Exfiltration(), [sent(megabytes, back=back)])
    assert [finding["severity"] for finding in found] == severities
