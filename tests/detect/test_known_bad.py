"""`known_bad`: a meeting with somebody on a list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detect.traffic import START_NS, attempt, findings_of, session
from lynceus.detect.known_bad import KnownBad

HOST, BAD, OTHER = "10.0.0.7", "203.0.113.66", "198.51.100.10"
JA3 = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def intel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The list of a user, with an address, a name and a fingerprint."""
    path = tmp_path_factory.mktemp("intel") / "feed.csv"
    path.write_text(
        "indicator,name,confidence\n"
        f"{BAD},Bumblebee C2,0.9\n"
        "bad-place.net,Bumblebee C2,\n"
        f"{JA3},Bumblebee client,0.8\n"
        "52.95.110.1,rented server,0.9\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def told(intel: Path) -> Callable[..., list[dict[str, Any]]]:
    return lambda *flows, **tables: findings_of(KnownBad(), flows, intel=[intel], **tables)


Told = Callable[..., list[dict[str, Any]]]


def test_who_reaches_a_listed_address_is_infected(told: Told) -> None:
    (finding,) = told(*(session(HOST, BAD, 443, at_s=n) for n in range(3)))
    assert (finding["orig_h"], finding["resp_h"], finding["resp_p"]) == (HOST, BAD, 443)
    assert (finding["orig_role"], finding["resp_role"]) == ("infected", "attacker")
    assert (finding["severity"], finding["confidence"]) == ("high", 0.9)
    assert finding["because"] == (
        "10.0.0.7 reached 203.0.113.66, known as Bumblebee C2, on port 443 (https) 3 times "
        "(13.5 KB)."
    )
    assert finding["flows_total"] == len(finding["flow_uids"]) == 3


def test_who_only_tried_is_not_called_infected(told: Told) -> None:
    (finding,) = told(*(attempt(HOST, BAD, 443, at_s=n) for n in range(3)))
    assert (finding["severity"], finding["orig_role"]) == ("medium", "unknown")
    assert "tried to reach" in finding["because"]


def test_who_is_visited_from_a_listed_address_is_a_victim(told: Told) -> None:
    (finding,) = told(session(BAD, HOST, 443, at_s=1))
    assert (finding["orig_role"], finding["resp_role"]) == ("attacker", "victim")
    assert finding["severity"] == "medium"


def test_a_knock_from_outside_that_is_not_let_in_is_the_weather(told: Told) -> None:
    (finding,) = told(*(attempt(BAD, HOST, 23, at_s=n) for n in range(50)))
    assert finding["severity"] == "low"
    assert finding["resp_role"] == "victim"


def test_an_address_that_serves_many_is_less_sure(told: Told) -> None:
    (finding,) = told(session(HOST, "52.95.110.1", 443, at_s=1))
    assert finding["severity"] == "low"
    assert finding["confidence"] == pytest.approx(0.45)
    assert finding["because"].endswith("; others share it: amazon-aws: cloud.")


def test_tor_is_told_without_any_list(address_of: Callable[[str], str]) -> None:
    exit_node = address_of("tor_exit")
    (finding,) = findings_of(KnownBad(), [session(HOST, exit_node, 9001, at_s=1)])
    assert (finding["severity"], finding["techniques"]) == ("medium", ["T1090.003"])
    assert f"reached {exit_node}, a known Tor exit" in finding["because"]
    assert finding["orig_role"] != "infected", "Tor is legitimate where the policy allows it"


def test_names_count_wherever_they_are_said(told: Told) -> None:
    ends = {"orig_h": HOST, "resp_h": OTHER, "at_s": 1}
    found = told(
        dns=[{**ends, "resp_h": "10.0.0.53", "query": "cc.bad-place.net"}],
        tls=[{**ends, "resp_p": 443, "server_name": "cc.bad-place.net"}],
        quic=[{**ends, "resp_p": 443, "server_name": "bad-place.net"}],
        http=[{**ends, "resp_p": 80, "host": "BAD-PLACE.net"}],
    )
    assert {finding["service"]: finding["severity"] for finding in found} == {
        "dns": "medium",
        "tls": "high",
        "quic": "high",
        "http": "high",
    }
    assert {finding["orig_role"] for finding in found} == {"infected"}
    asked = next(finding for finding in found if finding["service"] == "dns")
    assert asked["resp_h"] is None, "the resolver is not the bad place"
    assert "asked the DNS for cc.bad-place.net 1 time, known as Bumblebee C2" in asked["because"]


def test_a_fingerprint_is_a_hint_that_others_may_share(told: Told) -> None:
    (finding,) = told(
        tls=[
            {"orig_h": HOST, "resp_h": OTHER, "resp_p": 443, "ja3": JA3, "at_s": n} for n in (1, 2)
        ]
    )
    assert (finding["severity"], finding["resp_role"]) == ("medium", "unknown")
    assert finding["confidence"] == pytest.approx(0.8 * 0.6)
    assert finding["evidence"]["events"] == 2


def test_what_no_list_knows_is_left_in_peace(told: Told) -> None:
    assert not told(
        session(HOST, "203.0.113.67", 443, at_s=1),
        session(HOST, OTHER, 443, at_s=1),
        dns=[{"orig_h": HOST, "query": name, "at_s": 1} for name in ("notbad-place.net", None)],
        tls=[{"orig_h": HOST, "resp_h": OTHER, "server_name": "bad-place.net.firm.org"}],
        http=[{"orig_h": HOST, "resp_h": OTHER, "host": "place.net"}],
    )


def test_undated_rows_are_told_as_well(told: Told) -> None:
    (finding,) = told({"orig_h": HOST, "resp_h": BAD, "resp_p": 443, "proto": "tcp"})
    assert finding["first_seen_ns"] is None
    assert finding["flows_total"] == 1


def test_a_name_asked_for_in_vain_is_low_unless_the_host_insists(told: Told) -> None:
    def asked(times: int, answers: list[str]) -> str:
        rows = [
            {"orig_h": HOST, "query": "bad-place.net", "answers": answers, "at_s": n}
            for n in range(times)
        ]
        (finding,) = told(dns=rows)
        return str(finding["severity"])

    assert (asked(1, []), asked(1, [BAD]), asked(3, [])) == ("low", "medium", "medium")


@pytest.fixture
def dated(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """The finding of a session with an address that a list last said so many days before."""

    def found(days: int, confidence: str = "0.9", until: str = "") -> dict[str, Any]:
        seen = START_NS // 10**9 - days * 86_400
        path = tmp_path / f"{days}{until}.csv"
        path.write_text(
            f"ip,name,confidence,last_seen,valid_until\n{BAD},C2,{confidence},{seen},{until}\n"
        )
        flows = [session(HOST, BAD, 443, at_s=1)]
        (finding,) = findings_of(KnownBad(), flows, intel=[path])
        return finding

    return found


def test_an_old_entry_counts_for_less_and_says_so(dated: Callable[..., dict[str, Any]]) -> None:
    fresh, old, ancient = dated(0), dated(60), dated(400)
    assert (fresh["severity"], fresh["confidence"]) == ("high", 0.9)
    assert "last listed" not in fresh["because"]
    assert (old["severity"], round(old["confidence"], 2)) == ("medium", 0.5)
    assert old["because"].endswith("; last listed 60 days before.")
    assert old["evidence"]["indicator_age_days"] == 60.0
    assert (ancient["severity"], ancient["confidence"]) == ("low", pytest.approx(0.045))


def test_an_entry_that_has_run_out_is_low(dated: Callable[..., dict[str, Any]]) -> None:
    finding = dated(30, until="2023-12-31")
    assert finding["severity"] == "low"
    assert "; the entry had run out; last listed 30 days before." in finding["because"]


def test_a_page_a_certificate_and_a_ja4(tmp_path: Path) -> None:
    ja4, digest = "t13d1516h2_8daaf6152771_b186095e22b6", "ab" * 32
    (tmp_path / "a.csv").write_text(
        f"# certificates\nioc,name,confidence\nhttp://github.com/x/a.exe,Stealer,0.9\n"
        f"{ja4},Tool,0.9\n{digest},C2,0.9\n"
    )
    ends = {"orig_h": HOST, "resp_h": OTHER, "at_s": 1}
    found = findings_of(
        KnownBad(),
        [],
        intel=[tmp_path / "a.csv"],
        http=[{**ends, "host": "GitHub.com:80", "uri": "/x/a.exe"}, {**ends, "host": "github.com"}],
        tls=[{**ends, "ja4": ja4}, {**ends, "resp_h": BAD, "cert_sha256": digest}],
    )
    assert sorted(
        (f["indicator"], f["severity"])
        for f in ({**f["evidence"], "severity": f["severity"]} for f in found)
    ) == [(digest, "high"), ("github.com/x/a.exe", "high"), (ja4, "medium")]


def test_a_certificate_is_known_by_its_sha1_too(tmp_path: Path) -> None:
    digest = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
    listed = tmp_path / "sslbl.csv"
    listed.write_text(
        f"# SSL certificates\nlistingdate,sha1,name\n2024-05-01 10:00:00,{digest},QakBot C&C\n"
    )
    ends = {"orig_h": HOST, "resp_h": BAD, "at_s": 1, "cert_sha256": "ab" * 32}
    tls = [{**ends, "cert_sha1": digest}, {**ends, "resp_h": OTHER, "cert_sha1": "0" * 40}]
    (finding,) = findings_of(KnownBad(), [], intel=[listed], tls=tls)
    assert (finding["resp_h"], finding["resp_role"]) == (BAD, "attacker")
    assert finding["evidence"]["indicator"] == digest
    assert finding["evidence"]["cert_sha1"] == digest
    assert finding["evidence"]["cert_sha256"] is None
    assert "with a TLS certificate known as QakBot C&C" in finding["because"]


def test_a_fingerprint_that_calls_popular_places_is_an_ordinary_program(told: Told) -> None:
    ends = {"orig_h": HOST, "resp_h": OTHER, "resp_p": 443, "ja3": JA3, "at_s": 1}
    (finding,) = told(tls=[{**ends, "server_name": "fe2.update.microsoft.com"}])
    assert finding["severity"] == "low"
    assert finding["because"].endswith("; others share it: it called nothing but a popular place.")
    (finding,) = told(
        tls=[{**ends, "server_name": "www.microsoft.com"}, {**ends, "server_name": "rare.example"}]
    )
    assert finding["severity"] == "medium"


def test_a_listed_address_that_tells_the_time_is_low(told: Told) -> None:
    (finding,) = told(session(HOST, BAD, 123, at_s=1, proto="udp", service="ntp"))
    assert finding["severity"] == "low"
    assert "; others share it: it tells the time to whoever asks." in finding["because"]
    (finding,) = told(session(HOST, BAD, 37, at_s=1, orig_bytes=0, resp_bytes=4))
    assert finding["severity"] == "low"
    (finding,) = told(session(HOST, BAD, 37, at_s=1, orig_bytes=900, resp_bytes=40_000))
    assert finding["severity"] != "low", "so much is no time of day"
