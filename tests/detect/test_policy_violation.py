"""`policy_violation`: what the user's own policy forbids."""

from __future__ import annotations

import polars as pl

from detect.traffic import attempt, findings_of, session
from lynceus.detect.policy_violation import PolicyRule, PolicyViolation

TELNET = pl.col("resp_p") == 23
FORBIDDEN = PolicyRule("no telnet", False, "high", TELNET, "it shows passwords")
EXCEPT = PolicyRule("the old switch", True, "info", TELNET & (pl.col("resp_h") == "10.0.0.9"))


def test_what_a_rule_forbids_is_told_with_its_name_and_reason() -> None:
    rows = [session("10.0.0.5", "10.0.0.7", 23, n) for n in range(3)]
    (finding,) = findings_of(PolicyViolation(rules=(FORBIDDEN,)), rows)
    assert (finding["orig_h"], finding["resp_h"], finding["resp_p"]) == ("10.0.0.5", "10.0.0.7", 23)
    assert (finding["severity"], finding["confidence"]) == ("high", 0.9)
    assert finding["because"] == (
        "10.0.0.5 used 10.0.0.7 on port 23 (telnet) 3 times (13.5 KB), which the policy forbids: "
        "no telnet (it shows passwords)."
    )
    assert finding["evidence"]["rule_name"] == "no telnet"
    assert finding["flows_total"] == 3


def test_the_first_rule_that_matches_decides() -> None:
    rows = [session("10.0.0.5", "10.0.0.9", 23, 0)]
    assert findings_of(PolicyViolation(rules=(EXCEPT, FORBIDDEN)), rows) == []
    assert len(findings_of(PolicyViolation(rules=(FORBIDDEN, EXCEPT)), rows)) == 1


def test_an_attempt_is_less_sure() -> None:
    (finding,) = findings_of(
        PolicyViolation(rules=(FORBIDDEN,)), [attempt("10.0.0.5", "10.0.0.7", 23, 0)]
    )
    assert finding["confidence"] == 0.6
    assert finding["because"].startswith("10.0.0.5 tried 10.0.0.7 on port 23")


def test_without_a_policy_nothing_is_said() -> None:
    assert findings_of(PolicyViolation(), [session("10.0.0.5", "10.0.0.7", 23, 0)]) == []
    other = [session("10.0.0.5", "10.0.0.7", 443, 0)]
    assert findings_of(PolicyViolation(rules=(FORBIDDEN,)), other) == []
