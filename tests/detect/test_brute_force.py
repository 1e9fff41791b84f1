"""`brute_force`: passwords guessed at a login service."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import attempt, findings_of, session
from lynceus.detect.brute_force import BruteForce

OUTSIDE, SERVER, INSIDE = "203.0.113.40", "10.0.0.22", "10.0.0.9"
HOUR = 3600.0
KINDS = {"SSH": 22, "FTP": 21, "RDP": 3389, "SMB": 445, "PostgreSQL": 5432}


def guess(source: str, target: str, port: int, at_s: float, **columns: Any) -> dict[str, Any]:
    """A login that fails: a key exchange, some tries, thrown out."""
    return session(
        source,
        target,
        port,
        at_s,
        **{"duration_s": 3.0, "orig_bytes": 1_900, "resp_bytes": 2_600, **columns},
    )


def guesses(count: int, every_s: float = 10.0, source: str = OUTSIDE) -> list[dict[str, Any]]:
    return [guess(source, SERVER, 22, n * every_s) for n in range(count)]


def login(count: int, every_s: float = 10.0, **columns: Any) -> list[dict[str, Any]]:
    """What the SSH analyser says of as many sessions."""
    usual = {"orig_h": OUTSIDE, "resp_h": SERVER, "resp_p": 22, "client": "SSH-2.0-OpenSSH_9.6",
             "hassh": "c1c596caaeb93c566b8ecf3cae9b5a9e", **columns}  # fmt: skip
    return [{**usual, "at_s": n * every_s} for n in range(count)]


def test_guessing_from_outside_names_both_ends_and_counts() -> None:
    (finding,) = findings_of(BruteForce(), guesses(40))
    assert (finding["orig_h"], finding["orig_role"]) == (OUTSIDE, "attacker")
    assert (finding["resp_h"], finding["resp_role"]) == (SERVER, "victim")
    assert (finding["severity"], finding["techniques"]) == ("medium", ["T1110.001"])
    assert finding["because"] == (
        "203.0.113.40 opened 40 short sessions with ssh of 10.0.0.22 in 6 m 33 s."
    )
    evidence = finding["evidence"]
    assert (evidence["tries"], evidence["short_share"], evidence["unlike"]) == (40, 1.0, 0.0)
    assert finding["score"] == pytest.approx(40 / 60)
    assert finding["flows_total"] == 40


@pytest.mark.parametrize("port", KINDS.values(), ids=KINDS.keys())
def test_every_login_service_counts_from_inside_it_is_high(port: int) -> None:
    inside = [guess(INSIDE, SERVER, port, n * 5.0) for n in range(30)]
    found = findings_of(BruteForce(), inside)
    if port == 5432:
        assert found == [], "database clients open many short sessions by nature"
        found = findings_of(BruteForce(), [{**row, "orig_h": OUTSIDE} for row in inside])
        assert [finding["severity"] for finding in found] == ["medium"]
    else:
        assert [finding["severity"] for finding in found] == ["high"]


def test_a_long_session_after_the_guesses_may_be_one_that_worked() -> None:
    stayed = session(OUTSIDE, SERVER, 22, at_s=500, duration_s=900.0, resp_bytes=80_000)
    (finding,) = findings_of(BruteForce(), [*guesses(30), stayed])
    assert (finding["severity"], finding["techniques"]) == ("high", ["T1110.001", "T1078"])
    assert "A session of 15 m 0 s came after them: a guess may have worked." in finding["because"]


def test_the_one_session_that_was_let_in_does_not_hide_the_others() -> None:
    desktop = guess(OUTSIDE, SERVER, 3389, 600, duration_s=15.0, resp_bytes=20_000)
    failed = [
        {**row, "resp_p": 3389, "resp_bytes": 1_000 + row["orig_p"] % 9} for row in guesses(24)
    ]
    (finding,) = findings_of(BruteForce(), [*failed, desktop])
    assert finding["evidence"]["tries"] == 25
    assert finding["evidence"]["unlike"] < 0.01


def test_an_accepted_login_after_rejections_is_one_that_worked() -> None:
    rejected, accepted = login(30, auth_success=False), login(1, auth_success=True)
    (finding,) = findings_of(BruteForce(), guesses(31), ssh=[*rejected, *accepted])
    assert finding["severity"] == "high"
    assert finding["confidence"] == 0.95
    assert finding["because"].endswith("1 login was accepted: a guess worked.")
    assert finding["evidence"]["rejected_sessions"] == 30


def test_client_programs_that_change_are_made_up() -> None:
    names = [{**row, "client": f"SSH-2.0-lib{n % 9}"} for n, row in enumerate(login(30))]
    (finding,) = findings_of(BruteForce(), guesses(30), ssh=names)
    assert "under 9 names of client programs" in finding["because"]


def test_guessing_slowly_shows_in_the_day() -> None:
    (finding,) = findings_of(BruteForce(), guesses(75, every_s=HOUR / 5))
    assert finding["evidence"]["tries"] == 75
    assert "in 14 h" in finding["because"]


def test_lengths_that_vary_a_little_do_not_hide_it() -> None:
    padded = [
        {**row, "resp_bytes": 2_000 + 900 * (n % 3), "duration_s": 2.0 + n % 5}
        for n, row in enumerate(guesses(40))
    ]
    assert len(findings_of(BruteForce(), padded)) == 1


def test_a_few_tries_on_each_of_many_hosts_are_spraying() -> None:
    rows = [guess(INSIDE, f"10.0.3.{n % 10}", 22, n * 20.0) for n in range(40)]
    (finding,) = findings_of(BruteForce(), rows)
    assert (finding["orig_h"], finding["resp_h"]) == (INSIDE, None)
    assert finding["techniques"] == ["T1110.003"]
    assert "40 short sessions with ssh of 10 hosts, a few with each" in finding["because"]


def test_many_sources_that_try_a_little_are_told_on_their_target() -> None:
    rows = [guess(f"203.0.113.{n % 12}", SERVER, 22, n * 20.0) for n in range(48)]
    (finding,) = findings_of(BruteForce(), rows)
    assert (finding["orig_h"], finding["resp_h"]) == (None, SERVER)
    assert (finding["resp_role"], finding["evidence"]["peers"]) == ("victim", 12)


def shared(sources: int, count: int, **columns: Any) -> list[dict[str, Any]]:
    """Guesses of several inside hosts in turn, each with too few to stand out."""
    return [guess(f"10.0.5.{n % sources}", SERVER, 22, n * 20.0, **columns) for n in range(count)]


def test_inside_hosts_that_share_the_guessing_are_told_on_their_target() -> None:
    (finding,) = findings_of(BruteForce(), shared(4, 60))
    assert (finding["orig_h"], finding["resp_h"]) == (None, SERVER)
    assert (finding["severity"], finding["confidence"]) == ("medium", 0.45)
    assert finding["because"].startswith("4 inside hosts opened 60 short sessions with ssh of")


@pytest.mark.parametrize(
    "rows",
    [
        shared(4, 39),
        shared(12, 40),
        [{**row, "resp_bytes": 500 + 900 * (n % 7)} for n, row in enumerate(shared(4, 60))],
        [
            *shared(4, 60),
            *(session(f"10.0.5.{n}", SERVER, 22, n, duration_s=900.0) for n in range(9)),
        ],
    ],
    ids=["too few", "a few each, as people do", "unlike each other", "with sessions that stay"],
)
def test_inside_hosts_that_use_a_service_guess_nothing(rows: list[dict[str, Any]]) -> None:
    assert findings_of(BruteForce(), rows) == []


def test_a_person_who_fails_three_times_and_gets_in_is_nobody_to_report() -> None:
    works = session(INSIDE, SERVER, 22, at_s=60, duration_s=3_000.0, resp_bytes=400_000)
    assert findings_of(BruteForce(), [*guesses(3, source=INSIDE), works]) == []


def test_a_monitor_that_reads_banners_guesses_nothing() -> None:
    checks = [guess(INSIDE, SERVER, 22, n * 60.0, orig_bytes=25, resp_bytes=45) for n in range(600)]
    banners = login(600, 60.0, orig_h=INSIDE, client="SSH-2.0-check", hassh=None)
    assert findings_of(BruteForce(), checks, ssh=banners) == []


def test_automation_that_is_let_in_is_low() -> None:
    deployed = login(100, 30.0, orig_h=INSIDE, auth_success=True)
    flows = [guess(INSIDE, SERVER, 22, n * 30.0) for n in range(100)]
    (finding,) = findings_of(BruteForce(), flows, ssh=deployed)
    assert (finding["severity"], finding["confidence"]) == ("low", 0.3)


def test_mail_that_is_polled_is_no_guessing() -> None:
    polls = [guess(INSIDE, SERVER, 143, n * 60.0, resp_bytes=700) for n in range(900)]
    assert findings_of(BruteForce(), polls) == []


def test_long_work_and_bulk_are_no_guessing() -> None:
    copies = [guess(INSIDE, SERVER, 22, n * 60.0, resp_bytes=900_000) for n in range(60)]
    assert findings_of(BruteForce(), copies) == []


def test_knocking_at_a_closed_door_is_low() -> None:
    (finding,) = findings_of(
        BruteForce(), [attempt(OUTSIDE, SERVER, 22, n * 20.0, refused=True) for n in range(60)]
    )
    assert finding["severity"] == "low"
    assert finding["because"].startswith("203.0.113.40 knocked 60 times at ssh of 10.0.0.22")


@pytest.mark.parametrize(("count", "found"), [(19, 0), (20, 1)])
def test_twenty_tries_in_an_hour_are_needed(count: int, found: int) -> None:
    assert len(findings_of(BruteForce(), guesses(count))) == found


def test_connections_in_which_nothing_was_said_are_no_logins_where_only_the_sum_is_known() -> None:
    summed = {"orig_bytes": None, "resp_bytes": None, "orig_packets": None, "resp_packets": None}
    probes = [guess(INSIDE, SERVER, 445, n * 60.0, **summed, total_bytes=0) for n in range(60)]
    assert findings_of(BruteForce(), probes) == []
    spoken = [{**row, "total_bytes": 4_500} for row in probes]
    assert [finding["severity"] for finding in findings_of(BruteForce(), spoken)] == ["high"]
    worked = [{**row, "total_bytes": 400_000} for row in probes]
    assert findings_of(BruteForce(), worked) == [], "sessions of that size did some work"
