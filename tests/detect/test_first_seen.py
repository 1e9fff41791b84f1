"""`first_seen`: what was not there before."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of, session
from lynceus.detect.first_seen import FirstSeen
from lynceus.enrich import Geography

HOUR, DAY = 3_600.0, 86_400.0
THURSDAY = 3 * DAY - 8 * HOUR
"""Where a week begins, after the start of test time (a Monday, 8 in the morning)."""
NEW = "10.0.0.99"


def office(days: int = 3, hosts: int = 5) -> list[dict[str, Any]]:
    return [
        session(f"10.0.0.{20 + h}", "198.51.100.7", 443, THURSDAY + day * DAY + (9 + n) * HOUR)
        for day in range(days) for h in range(hosts) for n in range(6)
    ]  # fmt: skip


def speaks(host: str = NEW, flows: int = 8, day: int = 2) -> list[dict[str, Any]]:
    at_s = THURSDAY + day * DAY + 10 * HOUR
    return [session(host, "198.51.100.7", 443, at_s + 60 * n) for n in range(flows)]


def serves(port: int, client: str = "10.0.0.20", day: int = 2) -> list[dict[str, Any]]:
    at_s = THURSDAY + day * DAY + 10 * HOUR
    return [session(client, "10.0.0.24", port, at_s + 60 * n) for n in range(8)]


def test_a_new_device() -> None:
    (finding,) = findings_of(FirstSeen(), [*office(), *speaks()])
    assert (finding["orig_h"], finding["severity"]) == (NEW, "info")
    assert finding["because"] == (
        "10.0.0.99 spoke for the first time, 49 h after the first of the 5 hosts that were there "
        "before."
    )


def test_many_new_devices_are_told_together() -> None:
    rows = [row for n in range(9) for row in speaks(f"10.0.0.{90 + n}")]
    (finding,) = findings_of(FirstSeen(), [*office(), *rows])
    assert finding["evidence"]["devices"] == 9
    assert finding["because"].startswith("10.0.0.90 and 8 more devices spoke for the first time")


def test_a_new_service_of_a_known_host() -> None:
    (finding,) = findings_of(FirstSeen(), [*office(), *serves(22)])
    assert (finding["resp_h"], finding["resp_p"], finding["severity"]) == ("10.0.0.24", 22, "info")
    (abroad,) = findings_of(FirstSeen(), [*office(), *serves(22, "203.0.113.9")])
    assert (abroad["severity"], abroad["techniques"]) == ("low", ["T1133"])
    assert "8 sessions from outside" in abroad["because"]


@pytest.fixture(scope="module")
def countries(tmp_path_factory: pytest.TempPathFactory) -> Geography:
    path = tmp_path_factory.mktemp("registry") / "delegated"
    lines = ("198.51.100.0|256", "203.0.113.0|256")
    codes = zip(("AT", "XK"), lines, strict=True)
    path.write_text("".join(f"r|{code}|ipv4|{line}|20100101|allocated\n" for code, line in codes))
    return Geography([path])


def abroad(day: int = 2, times: int = 4, hosts: int = 2, answered: int = 4_000) -> list[Any]:
    at_s = THURSDAY + day * DAY + 10 * HOUR
    return [
        session(f"10.0.0.{20 + h}", "203.0.113.7", 443, at_s + 60 * n, resp_bytes=answered)
        for n in range(times) for h in range(hosts)
    ]  # fmt: skip


def test_a_country_that_nobody_had_answers_from_before(countries: Geography) -> None:
    (finding,) = findings_of(FirstSeen(), [*office(), *abroad()], geography=countries)
    assert finding["because"] == (
        "10.0.0.20 and 1 more host had answers from the country XK for the first time, 49 h after "
        "the first of the 5 hosts that were there before."
    )
    assert (finding["severity"], finding["confidence"]) == ("info", 0.3)
    assert finding["evidence"]["country_from"] == "registry"
    for rows in (abroad(day=0), [*abroad(day=0), *abroad()], abroad(times=1)):
        assert findings_of(FirstSeen(), [*office(), *rows], geography=countries) == []
    assert findings_of(FirstSeen(), [*office(), *abroad()]) == []  # without files nothing is known


BENIGN = {
    "who was there on the first day": office(),
    "a day is needed to learn": [*office(), *speaks(day=0)],
    "a mistyped address": [*office(), *speaks(flows=2)],
    "nobody to learn from": [*office(hosts=2), *speaks()],
    "a passing port": [*office(), *serves(50_123)],
    "an old service": [*office(), *serves(22, day=0), *serves(22, day=2)],
    "without dates": [
        {k: v for k, v in row.items() if k != "at_s"} for row in [*office(), *speaks()]
    ],
}


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_what_was_known_is_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(FirstSeen(), rows) == []
