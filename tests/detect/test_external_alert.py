"""`external_alert`: what another product has detected, told as its words."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of
from lynceus.detect.external_alert import ExternalAlert

HOST, FAR = "10.0.0.5", "203.0.113.9"
HOME = ["10.0.0.0/8"]


def alert(at_s: float, **columns: Any) -> dict[str, Any]:
    """An alert of Suricata about an inside host that talks to the outside."""
    usual = {
        "product": "suricata", "signature": "Remote control of ExampleRAT", "severity": "1",
        "category": "Malware Command and Control Activity Detected", "proto": "tcp",
        "orig_h": HOST, "orig_p": 40_000, "resp_h": FAR, "resp_p": 443,
    }  # fmt: skip
    return {**usual, "at_s": at_s, **columns}


def told(*alerts: dict[str, Any]) -> list[dict[str, Any]]:
    return findings_of(ExternalAlert(), alert=alerts, home=HOME)


def test_a_rule_that_fires_often_is_one_finding_in_its_own_words() -> None:
    (finding,) = told(*(alert(n) for n in range(4)))
    assert (finding["orig_h"], finding["resp_h"], finding["severity"]) == (HOST, FAR, "high")
    assert finding["because"] == (
        "Suricata reports: Remote control of ExampleRAT (severity 1), 4 times, about 10.0.0.5 "
        "towards 203.0.113.9."
    )
    assert finding["flows_total"] == 4
    assert (finding["orig_role"], finding["resp_role"]) == ("unknown", "unknown")


def test_two_rules_about_one_host_are_two_findings() -> None:
    found = told(alert(1), alert(2, signature="Another rule"))
    assert {f["evidence"]["signature"] for f in found} == {
        "Remote control of ExampleRAT", "Another rule",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("product", "severity", "ours"),
    [
        ("suricata", "1", "high"),
        ("suricata", "2", "medium"),
        ("suricata", "3", "low"),
        ("darktrace", "5", "critical"),
        ("darktrace", "3", "medium"),
        ("guardduty", "8", "high"),
        ("guardduty", "5.3", "medium"),
        ("vectra", "2", "low"),
        ("fortigate", "High", "high"),
        ("paloalto", "critical", "critical"),
        ("unheard_of", None, "low"),
    ],
)
def test_severity_is_read_on_the_scale_of_the_product(
    product: str, severity: str | None, ours: str
) -> None:
    (finding,) = told(alert(1, product=product, severity=severity))
    assert finding["severity"] == ours


def test_what_is_for_information_only_is_left_out() -> None:
    assert told(alert(1, severity="4"), alert(2, product="cef", severity="informational")) == []


def test_policy_is_low_and_all_its_rules_are_one_finding() -> None:
    noise = [
        alert(n * 60.0, signature=f"Update check {n % 9}",
              category="Potential Corporate Privacy Violation")
        for n in range(60)
    ]  # fmt: skip
    (finding,) = told(*noise)
    assert finding["severity"] == "low"
    assert finding["evidence"]["alerts"] == 60
    assert finding["evidence"]["signatures"] == 9


def test_what_was_blocked_on_its_way_in_is_low() -> None:
    knock = {"orig_h": FAR, "resp_h": HOST, "resp_p": 80}
    (kept_out,) = told(alert(1, action="blocked", **knock))
    (let_in,) = told(alert(1, action="allowed", **knock))
    assert (kept_out["severity"], let_in["severity"]) == ("low", "high")
    assert (let_in["orig_role"], let_in["resp_role"]) == ("attacker", "victim")


def test_many_sources_at_one_inside_host_are_one_finding() -> None:
    (finding,) = told(
        *(alert(n, orig_h=f"203.0.113.{n}", resp_h=HOST, resp_p=80) for n in range(1, 9))
    )
    assert (finding["orig_h"], finding["resp_h"]) == (None, HOST)
    assert "about 10.0.0.5 and 8 others" in finding["because"]


def test_the_product_names_attacker_victim_and_tactic() -> None:
    (finding,) = told(
        alert(1, attacker_h=FAR, victim_h=HOST, tactic="command-and-control",
              techniques=["T1071", "T1571"])
    )  # fmt: skip
    assert (finding["orig_role"], finding["resp_role"]) == ("victim", "attacker")
    assert finding["tactic"] == "command-and-control"
    assert finding["techniques"] == ["T1071", "T1571"]


def test_a_host_known_by_name_only_is_named_and_nobody_at_all_is_left_out() -> None:
    bare = {"orig_h": None, "resp_h": None, "product": "cylance", "severity": "High"}
    (finding,) = told(alert(1, **bare, hostname="desk-12"), alert(2, **bare))
    assert finding["domain"] == "desk-12"
    assert finding["because"].endswith("1 time, about desk-12.")
