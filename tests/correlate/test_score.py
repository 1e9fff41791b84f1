"""Severity and confidence, against numbers computed by hand: lynceus.correlate.score."""

from __future__ import annotations

from typing import Any

import pytest

from correlate.made import facts, finding, frame
from lynceus.correlate import incidents
from lynceus.correlate.story import severity_place
from lynceus.incident import Incident

INSIDE = ["10.0.0.5", "10.0.0.9", "10.0.0.10"]
OUTSIDE = ["203.0.113.5", "203.0.113.6", "203.0.113.9"]


def only(*rows: dict[str, Any], **options: Any) -> Incident:
    [incident] = incidents(frame(*rows), **{"facts": facts(INSIDE, OUTSIDE), **options})
    return incident


def test_a_lone_finding_keeps_its_severity_and_confidence() -> None:
    scan = finding("horizontal_scan", "10.0.0.5", severity="high", confidence=0.83)
    incident = only(scan)
    assert (incident.severity, incident.confidence) == ("high", 0.83)


def test_independent_detectors_confirm_each_other() -> None:
    rows = [
        finding("beacon", "10.0.0.5", "203.0.113.9", confidence=0.6, flow_uids=["a"]),
        finding("exfiltration", "10.0.0.5", "203.0.113.6", confidence=0.5, flow_uids=["b"]),
    ]
    assert only(*rows).confidence == 0.8  # 1 - 0.4 * 0.5


def test_detectors_of_the_same_flows_confirm_each_other_by_half() -> None:
    rows = [
        finding("beacon", "10.0.0.5", "203.0.113.9", confidence=0.6, flow_uids=["a", "b"]),
        finding("exfiltration", "10.0.0.5", "203.0.113.6", confidence=0.5, flow_uids=["b"]),
    ]
    assert only(*rows).confidence == 0.7  # 1 - 0.4 * (1 - 0.5 * 0.5)


def test_repetition_counts_less_and_less() -> None:
    rows = [
        finding("beacon", "10.0.0.5", "203.0.113.9", at_s=3_600 * n, confidence=0.6)
        for n in range(3)
    ]
    assert only(*rows).confidence == round(1 - 0.4 * (1 - 0.15) * (1 - 0.0375), 4)


def test_repetition_alone_never_makes_certain() -> None:
    rows = [finding("beacon", "10.0.0.5", at_s=3_600 * n, confidence=0.5) for n in range(500)]
    assert only(*rows).confidence < 0.7


def test_traffic_alone_never_makes_certain() -> None:
    assert only(finding("flood", "10.0.0.5", "10.0.0.9", confidence=1.0)).confidence == 0.99


def test_an_incident_says_that_it_rests_on_what_was_lost_or_sampled() -> None:
    row = finding("beacon", "10.0.0.5", "203.0.113.9", confidence=0.8)
    assert "lost or sampled" in only(row, doubted={"beacon"}).summary
    assert "lost or sampled" not in only(row, doubted={"exfiltration"}).summary
    assert "lost or sampled" not in only(row).summary


def test_an_attack_that_advances_is_raised() -> None:
    scan = finding("vertical_scan", "10.0.0.5", "10.0.0.9", at_s=0)
    guess = finding("brute_force", "10.0.0.5", "10.0.0.9", at_s=600, severity="medium")
    move = finding("lateral_movement", "10.0.0.5", "10.0.0.9", at_s=900, severity="high")
    assert only(scan).severity == "medium"
    assert only(scan, guess).severity == "high"
    assert only(scan, guess, move).severity == "critical"


def test_weak_signs_are_not_raised_by_their_number() -> None:
    rows = [
        finding("beacon", "10.0.0.5", "203.0.113.9", severity="low"),
        finding("exfiltration", "10.0.0.5", "203.0.113.9", severity="low"),
        finding("vertical_scan", "10.0.0.5", "10.0.0.9", severity="low"),
    ]
    assert only(*rows).severity == "low"


def test_a_finding_nobody_trusts_does_not_set_the_severity() -> None:
    rows = [
        finding("beacon", "10.0.0.5", "203.0.113.9", None, severity="medium", confidence=0.7),
        finding("exfiltration", "10.0.0.5", "203.0.113.9", None, severity="high", confidence=0.1),
    ]
    assert only(*rows).severity == "medium"


@pytest.mark.parametrize(
    ("detector", "said", "shown"),
    [
        ("vertical_scan", "critical", "low"),
        ("horizontal_scan", "medium", "low"),
        ("brute_force", "high", "medium"),
        ("brute_force", "low", "low"),
        ("flood", "high", "high"),
    ],
)
def test_attempts_from_outside_are_capped_but_harm_is_not(
    detector: str, said: str, shown: str
) -> None:
    row = finding(detector, "203.0.113.5", "10.0.0.9", severity=said, resp_p=22)
    assert only(row).severity == shown


def test_an_attempt_that_succeeded_is_not_capped() -> None:
    row = finding("brute_force", "203.0.113.5", "10.0.0.9", severity="high", resp_p=22)
    assert only({**row, "techniques": ["T1110", "T1078"]}).severity == "high"


def test_scan_and_guessing_from_outside_prove_no_step() -> None:
    rows = [
        finding("vertical_scan", "203.0.113.5", "10.0.0.9", at_s=0),
        finding("brute_force", "203.0.113.5", "10.0.0.9", at_s=60, resp_p=22),
        finding("vertical_scan", None, "10.0.0.9", at_s=90, severity="low"),
    ]
    incident = only(*rows)
    assert incident.severity == "medium"


def test_a_host_attacked_from_outside_is_a_victim_and_never_infected() -> None:
    rows = [finding("brute_force", a, "10.0.0.9", resp_p=22, resp_role="infected") for a in OUTSIDE]
    roles = {e.id: e.role for e in only(*rows).entities}
    assert roles["10.0.0.9"] == "victim"
    assert {roles[a] for a in OUTSIDE} == {"attacker"}


def test_what_shows_only_weakly_makes_nobody_infected() -> None:
    weak = only(finding("beacon", "10.0.0.5", "203.0.113.9", severity="low"))
    assert {e.id: e.role for e in weak.entities}["10.0.0.5"] == "unknown"
    clear = only(finding("beacon", "10.0.0.5", "203.0.113.9", severity="medium"))
    assert {e.id: e.role for e in clear.entities}["10.0.0.5"] == "infected"


def test_info_stays_info() -> None:
    incident = only(finding("unremarkable", "10.0.0.5", "203.0.113.9"))
    assert incident.severity == "info"
    assert incident.score < 2


def test_unknown_severities_and_broken_numbers_are_survived() -> None:
    row = finding("odd", "10.0.0.5", severity="apocalyptic", score=float("nan"), confidence=None)
    incident = only({**row, "evidence": "{not json"})
    assert incident.severity == "info"
    assert incident.confidence == 0.0
    assert severity_place("apocalyptic") == 0
