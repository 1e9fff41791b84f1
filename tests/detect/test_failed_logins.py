"""`failed_logins`: what `brute_force` makes of the logs of servers."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of
from lynceus.detect.brute_force import BruteForce

OUTSIDE, INSIDE = "203.0.113.40", "10.0.0.9"


def failed(count: int, every_s: float = 5.0, first_s: float = 0.0, **told: Any) -> list[Any]:
    """Logins that a server named web1 turned away, each as another user."""
    usual = {"product": "openssh", "hostname": "web1", "orig_h": OUTSIDE, "service": "ssh",
             "success": False, "attempts": 1, "proto": "tcp"}  # fmt: skip
    return [
        {**usual, "username": f"user{n}", "at_s": first_s + n * every_s, **told}
        for n in range(count)
    ]


def test_failures_in_the_log_of_a_server_are_guessing() -> None:
    (finding,) = findings_of(BruteForce(), login=failed(40, user_exists=False))
    assert (finding["orig_h"], finding["resp_h"], finding["domain"]) == (OUTSIDE, None, "web1")
    assert (finding["severity"], finding["service"]) == ("medium", "ssh")
    assert finding["because"] == (
        "203.0.113.40 failed 40 logins by ssh to web1 in 3 m 15 s, as 40 users, 40 of them "
        "unknown there."
    )
    assert finding["evidence"]["failed_logins"] == 40


@pytest.mark.parametrize(("count", "told"), [(5, []), (6, ["low"]), (19, ["low"])])
def test_a_few_failures_are_worth_a_word_at_most(count: int, told: list[str]) -> None:
    found = findings_of(BruteForce(), login=failed(count))
    assert [finding["severity"] for finding in found] == told


def test_an_inside_source_with_many_users_is_high_with_one_it_is_low() -> None:
    (many,) = findings_of(BruteForce(), login=failed(30, orig_h=INSIDE))
    (one,) = findings_of(BruteForce(), login=failed(30, orig_h=INSIDE, username="backup"))
    assert (many["severity"], one["severity"]) == ("high", "low")


def test_a_login_that_is_accepted_after_many_failures_is_a_guess_that_worked() -> None:
    hit = failed(1, first_s=400, success=True, username="root")
    (finding,) = findings_of(BruteForce(), login=[*failed(40), *hit])
    assert finding["severity"] == "high"
    assert finding["techniques"] == ["T1110.001", "T1078"]
    assert finding["because"].endswith("1 login was accepted after that: a guess worked.")
    before = failed(1, first_s=-10, success=True, username="root")
    (earlier,) = findings_of(BruteForce(), login=[*before, *failed(40)])
    assert earlier["severity"] == "medium"


def test_people_who_log_in_all_day_and_fail_now_and_then_are_silent() -> None:
    day = [
        row
        for user in range(30)
        for row in failed(
            8, every_s=3000, first_s=60.0 * user, orig_h=f"10.0.0.{user + 10}",
            username=f"person{user}", success=user % 10 != 0,
        )
    ]  # fmt: skip
    assert findings_of(BruteForce(), login=day) == []


def test_slow_guessing_shows_in_the_day() -> None:
    (finding,) = findings_of(BruteForce(), login=failed(70, every_s=800))
    assert finding["severity"] == "medium"
    assert finding["window_end_ns"] - finding["window_start_ns"] == 86_400 * 10**9


def test_many_sources_with_a_few_failures_each_are_spread_guessing() -> None:
    rows = [row for n in range(12) for row in failed(3, first_s=n, orig_h=f"203.0.113.{n}")]
    (finding,) = findings_of(BruteForce(), login=rows)
    assert (finding["orig_h"], finding["severity"]) == (None, "medium")
    assert finding["because"].startswith("12 sources failed 36 logins by ssh to web1")


def test_services_and_unlocked_screens_are_no_guessing() -> None:
    assert findings_of(BruteForce(), login=failed(60, logon_type=5, product="windows")) == []


def test_a_source_known_by_name_only_is_named() -> None:
    rows = failed(30, orig_h=None, orig_hostname="kali", product="windows", service="ntlm")
    (finding,) = findings_of(BruteForce(), login=rows)
    assert finding["because"].startswith("kali failed 30 logins by ntlm to web1")
