"""Recommended actions of an incident, in the order to take them."""

from __future__ import annotations

from collections.abc import Sequence

from lynceus.attack import TECHNIQUES, phase_order
from lynceus.incident import FOLLOW_UP, NOW, FindingRecord, Incident, steps
from lynceus.language import say, several
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
        now += [say(text, **names) for text in play.now]
        later += [say(text, **names) for text in play.follow_up]
    return (
        *(say(NOW, action=text) for text in tuple(dict.fromkeys(now))[:MOST]),
        *(say(FOLLOW_UP, action=text) for text in tuple(dict.fromkeys(later))[:MOST]),
    )


def first(actions: Sequence[str]) -> str | None:
    """The first action, without the word for when."""
    now, later = steps(actions[:1])
    return next(iter([*now, *later]), None)


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
    form = "the {n} hosts that act in it"
    who = _named(acting, several(form, form, len(acting)), "")
    return [
        say(
            "Isolate {hosts} from the network: the findings show several steps of an attack.",
            hosts=who,
        )
    ]


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
    service = service_label(head.service, head.resp_p, head.proto) or say("the service")
    return {
        "actor": _named(actors, say("the attacking hosts"), say("the source")),
        "target": _named(
            targets or domains, say("the hosts named below"), say("the hosts it reached")
        ),
        "service": service,
        "domain": _named(domains, say("the domains named below"), say("that is asked for")),
    }


def _named(names: Sequence[str], many: str, none: str) -> str:
    if not names:
        return none
    if len(names) == 2:
        return say("{items} and {last}", items=names[0], last=names[1])
    return names[0] if len(names) == 1 else many
