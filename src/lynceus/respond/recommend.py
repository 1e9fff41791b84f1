"""Recommended actions of an incident, in the order to take them."""

from __future__ import annotations

from collections.abc import Sequence

from lynceus.attack import TECHNIQUES, phase_order
from lynceus.incident import FindingRecord, Incident
from lynceus.records import SEVERITIES
from lynceus.respond.playbook import (
    NOTHING,
    OTHER,
    OUTSIDE,
    PLAYS,
    SCAN_OUTSIDE,
    Play,
)
from lynceus.respond.scope import Hosts
from lynceus.services import service_label

NOW = "Now: "
"""What an action starts with that should not wait."""
FOLLOW_UP = "Follow-up: "
"""What an action starts with that comes after."""

MOST = 5
"""Most actions of each kind."""
PHENOMENA = 4
"""Only the weightiest phenomena of an incident bring their actions."""


def actions(incident: Incident) -> tuple[str, ...]:
    """What to do: first at once, then afterwards, those of the weightiest finding first."""
    hosts = Hosts(incident)
    now = _isolation(incident, hosts)
    later: list[str] = []
    for group in _by_weight(incident.findings)[:PHENOMENA]:
        play = _play(incident, group[0], hosts)
        names = _names(group)
        now += [_filled(text, names) for text in play.now]
        later += [_filled(text, names) for text in play.follow_up]
    return (
        *(NOW + text for text in tuple(dict.fromkeys(now))[:MOST]),
        *(FOLLOW_UP + text for text in tuple(dict.fromkeys(later))[:MOST]),
    )


def first(actions: Sequence[str]) -> str | None:
    """The first action, without the word for when."""
    return actions[0].removeprefix(NOW).removeprefix(FOLLOW_UP) if actions else None


def _isolation(incident: Incident, hosts: Hosts) -> list[str]:
    """What comes before all else when an attack from an inside host has come far."""
    if incident.severity != "critical":
        return []
    acting = [
        entity.id
        for entity in incident.entities
        if entity.role in ("infected", "attacker") and hosts.inside(entity.id)
    ]
    if not acting:
        return []
    who = _named(acting, f"the {len(acting)} hosts that act in it", "")
    return [f"Isolate {who} from the network: the findings show several steps of an attack."]


def _weight(finding: FindingRecord) -> tuple[int, int, float, str]:
    technique = TECHNIQUES.get(finding.techniques[0]) if finding.techniques else None
    step = phase_order(technique.tactic) if technique else -1
    strength = finding.score * finding.confidence
    return SEVERITIES.index(finding.severity), step, strength, finding.id


def _by_weight(findings: Sequence[FindingRecord]) -> list[list[FindingRecord]]:
    """Findings of one detector together, the weightiest first."""
    groups: dict[str, list[FindingRecord]] = {}
    for finding in sorted(findings, key=_weight, reverse=True):
        groups.setdefault(finding.detector, []).append(finding)
    return list(groups.values())


def _play(incident: Incident, finding: FindingRecord, hosts: Hosts) -> Play:
    if incident.severity == "info":
        return NOTHING
    from_outside = hosts.inside(finding.orig_h) is False
    if from_outside and finding.detector in ("vertical_scan", "horizontal_scan", "icmp_sweep"):
        return SCAN_OUTSIDE
    if from_outside and finding.detector == "brute_force":
        return OUTSIDE
    return PLAYS.get(finding.detector, OTHER)


def _names(group: Sequence[FindingRecord]) -> dict[str, str]:
    actors = tuple(dict.fromkeys(f.orig_h for f in group if f.orig_h))
    targets = tuple(dict.fromkeys(f.resp_h for f in group if f.resp_h))
    domains = tuple(dict.fromkeys(f.domain for f in group if f.domain))
    head = group[0]
    service = service_label(head.service, head.resp_p, head.proto) or "the service"
    return {
        "actor": _named(actors, "the attacking hosts", "the source"),
        "target": _named(targets or domains, "the hosts named below", "the hosts it reached"),
        "service": service,
        "domain": _named(domains, "the domains named below", "that is asked for"),
    }


def _named(names: Sequence[str], many: str, none: str) -> str:
    if not names:
        return none
    return " and ".join(names) if len(names) <= 2 else many


def _filled(template: str, names: dict[str, str]) -> str:
    """The template with each name put in once; braces in the values stay as they are."""
    parts = template.split("{")
    return parts[0] + "".join(
        names[name] + rest for name, rest in (part.split("}", 1) for part in parts[1:])
    )
