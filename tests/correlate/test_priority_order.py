"""Which of two incidents comes first, and why: what a person who has both on the desk would say."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from correlate.made import finding, frame
from correlate.test_priority import OUT, OUT2, A, B, C, known
from lynceus.correlate import incidents

Rows = list[dict[str, Any]]
Side = tuple[Rows, pl.DataFrame]


def side(*rows: dict[str, Any], **told: dict[str, Any]) -> Side:
    return list(rows), known(**told)


def scan(**of: Any) -> dict[str, Any]:
    return finding("horizontal_scan", A, **{"severity": "medium", **of})


def beacon(**of: Any) -> dict[str, Any]:
    return finding("beacon", A, OUT, **{"severity": "medium", **of})


def guessing(**of: Any) -> dict[str, Any]:
    return finding("brute_force", A, B, resp_p=22, **{"severity": "high", **of})


def leak(**of: Any) -> dict[str, Any]:
    return finding("exfiltration", A, OUT, **{"severity": "high", **of})


def move(**of: Any) -> dict[str, Any]:
    return finding("lateral_movement", A, B, **{"severity": "high", **of})


def indicator(**of: Any) -> dict[str, Any]:
    return finding("known_bad", A, OUT, **{"severity": "medium", **of})


def let_in(**of: Any) -> dict[str, Any]:
    row = finding("brute_force", OUT, B, resp_p=22, severity="high", **of)
    return {**row, "techniques": ["T1110", "T1078"]}


def knocked(**of: Any) -> dict[str, Any]:
    return finding("brute_force", OUT, B, resp_p=22, severity="high", **of)


CROWN = {"asset_criticality": "critical"}
PRINTER = {"asset_criticality": "low"}

PAIRS: dict[str, tuple[Side, Side]] = {
    "data that leaves is worse than a look around":
        (side(leak()), side(scan())),
    "the same on a critical server comes before a printer":
        (side(move(), b=CROWN), side(move(), b=PRINTER)),
    "a host that no list knows comes before one that is known to matter little":
        (side(move()), side(move(), a=PRINTER, b=PRINTER)),
    "a host known to be of medium worth comes before one nobody knows":
        (side(move(), b={"asset_criticality": "medium"}), side(move())),
    "sure comes before unsure":
        (side(leak(confidence=0.9)), side(leak(confidence=0.4))),
    "medium and sure comes before high and hardly believed":
        (side(beacon(confidence=0.95, score=0.9)), side(leak(confidence=0.2))),
    "high and sure on a printer comes before medium on the crown jewels":
        (side(leak(), a=PRINTER), side(beacon(), a=CROWN)),
    "somebody who got in comes before somebody who knocks":
        (side(let_in()), side(knocked())),
    "guessing from inside comes before guessing from outside that failed":
        (side(guessing()), side(knocked())),
    "a controller on a list comes before one that is only regular":
        (side(beacon(), indicator(at_s=60)), side(beacon(confidence=0.96))),
    "a fresh indicator comes before an old one":
        (side(indicator(confidence=0.8)), side(indicator(confidence=0.3))),
    "an attack that advances comes before one that repeats":
        (side(scan(), guessing(at_s=600)), side(*(guessing(at_s=600 * n) for n in range(4)))),
    "three steps come before two":
        (side(scan(), guessing(at_s=600), move(at_s=900)), side(scan(), guessing(at_s=600))),
    "an administrator's machine comes before anybody's":
        (side(beacon(), a={"user_privileged": True}), side(beacon(), a={"user_risk": 0.1})),
    "a user with a history comes before one without":
        (side(leak(), a={"user_risk": 0.8}), side(leak(), a={"user_risk": 0.0})),
    "a host with a known weakness comes before a patched one":
        (side(move(), b={"worst_cvss": 9.8}), side(move(), b={"worst_cvss": 0.0})),
    "many hosts come before one":
        (side(scan(evidence={"hosts": 200})), side(scan(evidence={"hosts": 2}))),
    "few hosts lost come before many only looked at":
        (side(leak()), side(scan(evidence={"hosts": 5000}))),
    "what was never seen here comes before the same every day":
        (side(leak(), finding("first_seen", A, OUT, at_s=30, severity="low", confidence=0.6)),
         side(leak(confidence=0.84))),
    "strong comes before weak of the same kind":
        (side(scan(score=0.95)), side(scan(score=0.3))),
    "two kinds of evidence come before one":
        (side(beacon(flow_uids=["a"]), leak(at_s=60, flow_uids=["b"])), side(leak())),
    "a flood that does harm comes before guesses from outside":
        (side(finding("flood", OUT, B, severity="high")), side(knocked())),
    "a tunnel comes before a long connection":
        (side(finding("dns_tunnel", A, OUT, severity="high")),
         side(finding("long_connection", A, OUT, severity="low"))),
    "a look around inside comes before one from outside":
        (side(scan()), side(finding("horizontal_scan", OUT, severity="medium"))),
    "an indicator alone comes after seen movement":
        (side(move()), side(indicator(confidence=0.95))),
    "low on a critical server comes after medium on a plain one":
        (side(beacon()), side(finding("long_connection", A, OUT, severity="low"), a=CROWN)),
    "something comes before nothing":
        (side(finding("long_connection", A, OUT, severity="low", confidence=0.3)),
         side(finding("unremarkable", A, OUT, confidence=0.9), a=CROWN)),
    "the critical asset as attacker counts as much as the critical victim":
        (side(scan(), a=CROWN), side(scan(), a={"asset_criticality": "high"})),
    "a known bad place reached by a critical host comes before one reached by a printer":
        (side(indicator(), a=CROWN), side(indicator(), a=PRINTER)),
    "a leak of a risky user to a listed place comes before a plain leak of a better-known asset":
        (side(leak(), indicator(at_s=60), a={"user_risk": 0.7}),
         side(leak(), a={"asset_criticality": "medium"})),
    "movement onto two servers comes before movement onto one":
        (side(move(), finding("lateral_movement", A, C, at_s=60, severity="high")),
         side(move(confidence=0.84))),
    "unanswered knocks of many strangers come after one answered one":
        (side(let_in()), side(knocked(), finding("brute_force", OUT2, B, resp_p=22))),
}  # fmt: skip
"""By the reason: what comes first, and what second."""


def test_there_are_enough_of_them() -> None:
    assert len(PAIRS) >= 30


@pytest.mark.parametrize("why", PAIRS)
def test_what_comes_first(why: str) -> None:
    first, second = (
        [one.score for one in incidents(frame(*rows), facts=told)] for rows, told in PAIRS[why]
    )
    assert max(first) > max(second)
