"""How bad, how sure, and what first: severity, confidence and score of a story.

The formula is published in `docs/incidents.md`; every weight stands in `ScoreConfig`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from lynceus.correlate.ends import number
from lynceus.correlate.story import Found, Story, severity_place
from lynceus.records import SEVERITIES, Severity


@dataclass(frozen=True)
class ScoreConfig:
    """Every weight of severity, confidence and score."""

    trusted: float = 0.3
    """Findings below this confidence neither set the severity nor prove a step."""
    attempt_cap: Mapping[str, Severity] = field(
        default_factory=lambda: {
            "reconnaissance": "low",
            "discovery": "low",
            "initial-access": "medium",
            "credential-access": "medium",
        }
    )
    """Highest severity, by tactic, of what came from outside and shows no success."""
    repeat: float = 0.25
    """How much each further finding of one detector still counts, against the one before."""
    related: float = 0.5
    """How much a further detector of the same family, or of the same flows, counts."""
    families: tuple[frozenset[str], ...] = (
        frozenset({"vertical_scan", "horizontal_scan", "icmp_sweep", "arp_scan"}),
        frozenset({"beacon", "long_connection"}),
        frozenset({"exfiltration", "dns_tunnel"}),
        frozenset({"anomalous_host", "anomalous_pair", "anomalous_flow"}),
        frozenset({"remote_execution", "admin_share", "lateral_movement"}),
        frozenset({"brute_force", "password_spray", "login_after_failures", "account_enumeration"}),
    )
    """Detectors that look at the same numbers and so do not confirm each other in full."""
    most_confident: float = 0.99
    """Traffic alone never makes certain."""
    severity_points: Mapping[Severity, float] = field(
        default_factory=lambda: {"info": 0, "low": 15, "medium": 35, "high": 50, "critical": 65}
    )
    strength_points: float = 10.0
    """For the strongest finding with score 1."""
    phase_points: float = 5.0
    """For each step of an intrusion after the first."""
    phase_points_most: float = 10.0
    asset_points: Mapping[str, float] = field(
        default_factory=lambda: {"critical": 10, "high": 7, "medium": 3, "low": 0}
    )
    """For the most critical asset that is concerned."""
    spread_points: float = 1.0
    """For each doubling of the hosts that are concerned."""
    spread_points_most: float = 5.0
    doubt: float = 0.6
    """Share of the points that a confidence of 0 takes away."""


def severity_of(story: Story, config: ScoreConfig) -> Severity:
    """The highest severity of its trusted findings, one step more when the attack advances.

    Two steps of an intrusion raise medium to high; three raise anything above info by one.
    Attempts from outside are capped before that, and a story of attempts alone is never raised.
    """
    trusted = [f for f in story.findings if f.record.confidence >= config.trusted]
    place = max(_capped(found, config) for found in trusted or story.findings)
    if story.only_attempts or place == 0:
        return SEVERITIES[place]
    steps = len(story.phases(config.trusted))
    if steps >= 3 or (steps == 2 and place == severity_place("medium")):
        place = min(place + 1, severity_place("critical"))
    return SEVERITIES[place]


def _capped(found: Found, config: ScoreConfig) -> int:
    place = severity_place(found.record.severity)
    if not found.attempt:
        return place
    cap = config.attempt_cap.get(found.tactic or "", "medium")
    return min(place, severity_place(cap))


def confidence_of(story: Story, config: ScoreConfig) -> float:
    """1 - prod(1 - c) over the detectors; repetitions and relatives of one count less.

    Detectors are related when they look at the same numbers (a family) or at the same flows.
    """
    doubt = 1.0
    families: list[int] = []
    flows: list[frozenset[str]] = []
    groups = sorted(story.groups, key=lambda g: (-g[0].record.confidence, g[0].record.detector))
    for group in groups:
        family = _family(group[0].record.detector, config)
        uids = frozenset(uid for found in group for uid in found.record.flow_uids)
        kin = families.count(family) if family >= 0 else 0
        kin = max(kin, sum(not uids.isdisjoint(other) for other in flows))
        doubt *= 1.0 - config.related**kin * _repeated(group, config)
        families.append(family)
        flows.append(uids)
    return round(min(config.most_confident, 1.0 - doubt), 4)


def _repeated(group: tuple[Found, ...], config: ScoreConfig) -> float:
    doubt, share = 1.0, 1.0
    for confidence in sorted((f.record.confidence for f in group), reverse=True):
        doubt *= 1.0 - share * confidence
        share *= config.repeat
        if share < 1e-9:
            break
    return 1.0 - doubt


def _family(detector: str, config: ScoreConfig) -> int:
    places = (place for place, family in enumerate(config.families) if detector in family)
    return next(places, -1)


def score_of(
    story: Story, severity: Severity, confidence: float, config: ScoreConfig
) -> tuple[float, dict[str, float]]:
    """Priority from 0 to 100 and the points it is the sum of."""
    steps = max(0, len(story.phases(config.trusted)) - 1)
    strength = max(found.record.score for found in story.findings)
    parts = {
        "severity": config.severity_points[severity],
        "strength": config.strength_points * strength,
        "progress": min(config.phase_points_most, config.phase_points * steps),
        "asset": _asset_points(story, config),
        "spread": min(
            config.spread_points_most, config.spread_points * math.log2(max(1, concerned(story)))
        ),
    }
    if severity == "info":
        parts = dict.fromkeys(parts, 0.0) | {"strength": parts["strength"] / 10}
    parts = {name: round(points, 1) for name, points in parts.items()}
    parts["doubt"] = -round(sum(parts.values()) * config.doubt * (1.0 - confidence), 1)
    score = round(sum(parts.values()), 1)
    return min(100.0, max(0.0, score)), parts


def _asset_points(story: Story, config: ScoreConfig) -> float:
    return max(
        (
            config.asset_points.get(criticality(story.fact(address, "asset_criticality")), 0.0)
            for address in story.roles
        ),
        default=0.0,
    )


def criticality(value: object) -> str:
    """Criticality of an asset as a word; numbers from 1 to 4 mean low to critical."""
    word = str(value).strip().lower() if value is not None else ""
    return {"1": "low", "2": "medium", "3": "high", "4": "critical", "5": "critical"}.get(
        word.removesuffix(".0"), word
    )


REACHED = ("hosts", "failed_hosts", "resp_hosts", "resp_hosts_distinct", "resp_h_distinct")
"""Evidence names under which detectors say how many hosts were reached."""


def concerned(story: Story) -> int:
    """How many hosts are concerned: those named as victims or infected, or counted as reached."""
    named = len(story.hosts("victim", "infected"))
    counted = [
        int(value)
        for found in story.findings
        if found.tactic != "command-and-control"
        for name in REACHED
        if (value := number(found.record.evidence.get(name))) is not None
    ]
    return max(named, 1, *counted)
