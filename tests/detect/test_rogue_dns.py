"""`rogue_dns`: a name server that nobody here should ask."""

from __future__ import annotations

from typing import Any

import pytest

from detect.link import asked, lease
from detect.traffic import findings_of
from lynceus.detect.rogue_dns import RogueDns

USUAL, UNKNOWN, HOST = "10.0.0.53", "203.0.113.53", "10.0.0.21"
HOUR = 3_600.0


def office(hosts: int = 8, each: int = 30) -> list[dict[str, Any]]:
    """Everybody asks the same server, all morning."""
    return [asked(f"10.0.0.{20 + h}", USUAL, 60.0 * n) for h in range(hosts) for n in range(each)]


def changed(server: str = UNKNOWN, count: int = 40) -> list[dict[str, Any]]:
    return [asked(HOST, server, 2 * HOUR + 60.0 * n) for n in range(count)]


def test_a_host_that_asks_another_server_from_some_moment_on() -> None:
    (finding,) = findings_of(RogueDns(), dns=[*office(), *changed()])
    assert (finding["orig_h"], finding["resp_h"], finding["severity"]) == (HOST, UNKNOWN, "low")
    assert finding["because"] == (
        "10.0.0.21 used to ask 10.0.0.53 for names, as 8 inside hosts do, and then only "
        "203.0.113.53, 40 times so far; no list knows it as a resolver."
    )


def test_a_workstation_that_answers_others() -> None:
    rows = [asked(f"10.0.0.{20 + n % 2}", "10.0.0.66", 3 * HOUR + n) for n in range(40)]
    leases = [lease("10.0.0.1", "10.0.0.66", 10.0)]
    (finding,) = findings_of(RogueDns(), dns=[*office(), *rows], dhcp=leases)
    assert (finding["resp_h"], finding["resp_role"]) == ("10.0.0.66", "attacker")
    assert finding["severity"] == "medium"
    assert findings_of(RogueDns(), dns=[*office(), *rows]) == [], "a server with a fixed address"


BENIGN = {
    "one resolver": office(),
    "both at once": [*office(), *(asked(HOST, UNKNOWN, 50.0 * n) for n in range(40))],
    "a well-known resolver": [*office(), *changed("8.8.8.8")],
    "a few look-ups": [*office(), *changed(count=5)],
    "no answers": [*office(), *({**row, "rcode": None} for row in changed())],
    "all change to a new one": [
        *office(), *({**row, "orig_h": f"10.0.0.{20 + h}"} for h in range(8) for row in changed())
    ],
    "a home with two hosts": [*office(2), *changed()],
}  # fmt: skip


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_resolvers_in_use_are_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(RogueDns(), dns=rows) == []
