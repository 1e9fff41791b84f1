"""`form_guesses`: what `brute_force` makes of requests to login forms."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of
from lynceus.detect.brute_force import BruteForce

OUTSIDE, SERVER = "203.0.113.40", "10.0.0.9"


def sent(count: int, every_s: float = 2.0, first_s: float = 0.0, **told: Any) -> list[Any]:
    """Passwords sent to a form that refuses with its own page."""
    usual = {"orig_h": OUTSIDE, "orig_p": 50000, "resp_h": SERVER, "resp_p": 80, "proto": "tcp",
             "method": "POST", "host": "shop.example", "uri": "/account/login.php?x=1",
             "status_code": 200}  # fmt: skip
    return [
        {**usual, "request_body_bytes": 60 + n % 7, "response_body_bytes": 4200 + n % 2,
         "at_s": first_s + n * every_s, **told}
        for n in range(count)
    ]  # fmt: skip


def test_requests_to_a_form_that_are_answered_alike_are_guessing() -> None:
    (finding,) = findings_of(BruteForce(), http=sent(40))
    assert (finding["orig_h"], finding["resp_h"], finding["severity"]) == (
        OUTSIDE, SERVER, "medium")  # fmt: skip
    assert finding["because"] == (
        "203.0.113.40 sent 40 requests different in size to the form /account/login.php of "
        "10.0.0.9 in 1 m 18 s, and the answers were alike."
    )
    assert finding["evidence"]["login_form"] == "shop.example/account/login.php"


def test_an_answer_unlike_the_rest_is_a_guess_that_may_have_worked() -> None:
    hit = sent(1, first_s=200, status_code=302, response_body_bytes=0)
    (finding,) = findings_of(BruteForce(), http=[*sent(40), *hit])
    assert finding["severity"] == "high"
    assert finding["techniques"] == ["T1110.001", "T1078"]
    assert finding["because"].endswith("1 answer was unlike the rest: a guess may have worked.")


def test_redirects_tell_guessing_by_their_pace_alone() -> None:
    moved = {"status_code": 302, "response_body_bytes": 0}
    (fast,) = findings_of(BruteForce(), http=sent(40, **moved))
    (slow,) = findings_of(BruteForce(), http=sent(40, every_s=60, **moved))
    assert (fast["severity"], slow["severity"]) == ("medium", "low")


def test_logs_that_do_not_tell_what_was_sent_are_worth_a_word() -> None:
    (finding,) = findings_of(BruteForce(), http=sent(40, request_body_bytes=None))
    assert finding["severity"] == "low"


@pytest.mark.parametrize(
    "rows",
    [
        sent(19),
        sent(40, method="GET"),
        sent(40, uri="/api/telemetry"),
        sent(40, uri="/blog/logging/login-tips.html.png/x"),
        sent(40, request_body_bytes=60),
        sent(40, status_code=None),
        [{**row, "response_body_bytes": 900 * n} for n, row in enumerate(sent(40))],
        [{**row, "request_body_bytes": 900 * n} for n, row in enumerate(sent(40))],
        [*sent(30), *sent(15, first_s=90, status_code=302)],
        sent(70, every_s=4000),
    ],
    ids=["few", "read", "no form", "another path", "the same again", "unanswered",
         "answers differ", "uploads", "people who get in", "one now and then"],
)  # fmt: skip
def test_what_is_no_guessing(rows: list[Any]) -> None:
    assert not findings_of(BruteForce(), http=rows)


def test_a_day_of_slow_guesses() -> None:
    (finding,) = findings_of(BruteForce(), http=sent(80, every_s=600))
    assert finding["evidence"]["tries"] == 80
