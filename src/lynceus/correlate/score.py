"""How bad and how sure: severity and confidence of a story.

Both are published in `docs/incidents.md`; every weight stands in `ScoreConfig`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lynceus.correlate.story import Found, Story, severity_place
from lynceus.records import SEVERITIES, Severity


@dataclass(frozen=True)
class ScoreConfig:
    """Every weight of severity and confidence."""

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
