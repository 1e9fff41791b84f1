"""`odd_user_agent`: programs whose name for themselves does not fit."""

from __future__ import annotations

import pytest

from detect.content import fetches, request
from detect.traffic import findings_of
from lynceus.detect.odd_user_agent import OddUserAgent

CROWD = [request(float(n), "/", orig_h=f"10.0.1.{n}", user_agent="Mozilla/5.0 (X11)")
         for n in range(25)]  # fmt: skip


def test_a_script_of_windows_that_fetches_is_medium() -> None:
    (finding,) = findings_of(OddUserAgent(), http=fetches(4))
    assert (finding["orig_h"], finding["severity"]) == ("10.0.0.5", "medium")
    assert "WindowsPowerShell" in finding["because"]
    assert finding["because"].endswith("a tool that scripts fetch with.")


@pytest.mark.parametrize(
    "agent",
    ["Mozilla/4.0", "User-Agent: Mozilla/5.0 (X11)", "Mozila/5.0", "aa", "d41d8cd98f00b204"],
)
def test_forged_names_are_low(agent: str) -> None:
    (finding,) = findings_of(OddUserAgent(), http=[request(1.0, "/", user_agent=agent)])
    assert (finding["severity"], finding["evidence"]["kind"]) == (
        "low",
        "no name that a browser has",
    )


def test_a_rare_program_is_told_where_many_use_the_web() -> None:
    rare = [request(float(n), "/", user_agent="Fetcher/0.3") for n in range(12)]
    (finding,) = findings_of(OddUserAgent(), http=rare + CROWD)
    assert finding["severity"] == "low"
    assert findings_of(OddUserAgent(), http=rare) == [], "with one client everything is rare"


def test_a_program_without_a_name_is_low() -> None:
    silent = [request(float(n), "/", user_agent=None) for n in range(12)]
    (finding,) = findings_of(OddUserAgent(), http=silent + CROWD)
    assert finding["because"] == (
        "10.0.0.5 sent 12 web requests to 203.0.113.80 (shop.odd-firm.net) without saying what "
        "program it is."
    )


def test_sources_that_tell_no_agents_say_nothing() -> None:
    assert findings_of(OddUserAgent(), http=[request(float(n), "/", user_agent=None)
                       for n in range(50)]) == []  # fmt: skip


@pytest.mark.parametrize(
    ("agent", "host"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/120.0", "shop.odd-firm.net"),
        ("Microsoft-CryptoAPI/10.0", "shop.odd-firm.net"),
        ("Debian APT-HTTP/1.3 (2.6.1)", "deb.odd-firm.net"),
        ("Fetcher/0.3", "www.google.com"),
    ],
)
def test_ordinary_programs_are_none(agent: str, host: str) -> None:
    rows = [request(float(n), "/", user_agent=agent, host=host) for n in range(50)]
    assert findings_of(OddUserAgent(), http=rows) == []
