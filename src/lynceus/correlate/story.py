"""A story: the findings that were joined, with what is known about their ends."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lynceus.attack import in_matrix_order, phase, phase_order
from lynceus.correlate.ends import number
from lynceus.incident import Entity, FindingRecord
from lynceus.moments import rfc3339
from lynceus.records import SEVERITIES, Role, Severity

_ROLES: tuple[Role, ...] = (
    "infected",
    "attacker",
    "victim",
    "user",
    "server",
    "domain",
    "service",
    "unknown",
)
"""Roles by weight: a host that plays several is shown in the first of them."""


STRONG = 0.3
"""Score times confidence from which on how far a finding goes counts more than its strength."""


def severity_place(severity: str) -> int:
    """0 for info to 4 for critical; an unknown word counts as info."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else 0


LEARNED = frozenset(
    {"attack_class", "encrypted_malware", "anomalous_host", "anomalous_pair", "anomalous_flow"}
)
"""Detectors that speak from what a model learned: beside what was seen they confirm, and come
last."""


@dataclass(frozen=True)
class Found:
    """One finding, with its evidence opened and its ends known."""

    record: FindingRecord
    tactic: str | None
    orig_role: Role
    resp_role: Role
    orig_inside: bool | None
    resp_inside: bool | None
    attempt: bool
    """From outside against the inside, and nothing says that it succeeded."""
    start_ns: int | None
    stop_ns: int | None
    window_start_ns: int | None
    svc: str | None

    @cached_property
    def weight(self) -> tuple[int, bool, bool, int, float, str]:
        """What makes a finding lead: severity, being seen and not learned, being strong at all, how
        far it goes, strength."""
        record = self.record
        seen = record.detector not in LEARNED
        strength = round(record.score * record.confidence, 6)
        step = phase_order(self.tactic) if phase(self.tactic) else -1
        place = severity_place(record.severity)
        return place, seen, strength >= STRONG, step, strength, record.id

    @staticmethod
    def of(row: Mapping[str, Any]) -> Found:
        """From a row of the findings frame with the columns of `ends.with_ends`."""
        severity = SEVERITIES[severity_place(row["severity"] or "info")]
        record = FindingRecord(
            id=row["id"] or "",
            detector=row["detector"] or "unknown",
            orig_h=row["orig_h"],
            resp_h=row["resp_h"],
            resp_p=row["resp_p"],
            proto=row["proto"],
            service=row["service"],
            domain=row["domain"],
            severity=severity,
            score=_share(row["score"]),
            confidence=_share(row["confidence"]),
            techniques=tuple(row["techniques"] or ()),
            because=row["because"] or "",
            first_seen=rfc3339(row["start_ns"]),
            last_seen=rfc3339(row["stop_ns"]),
            evidence=_opened(row["evidence"]),
            flows_total=row["flows_total"] or 0,
            flow_uids=tuple(row["flow_uids"] or ())[:100],
        )
        return Found(
            record=record,
            tactic=row["tactic"],
            orig_role=_role(row["orig_role"]),
            resp_role=_role(row["resp_role"]),
            orig_inside=row["orig_inside"],
            resp_inside=row["resp_inside"],
            attempt=bool(row["attempt"]),
            start_ns=row["start_ns"],
            stop_ns=row["stop_ns"],
            window_start_ns=row["window_start_ns"],
            svc=row["svc"],
        )


def _share(value: object) -> float:
    known = number(value)
    return 0.0 if known is None else min(1.0, max(0.0, known))


def _role(value: str | None) -> Role:
    return value if value in _ROLES else "unknown"


def _opened(evidence: str | None) -> dict[str, Any]:
    try:
        opened = json.loads(evidence or "{}")
    except (ValueError, RecursionError):
        return {}
    return opened if isinstance(opened, dict) else {}


@dataclass(frozen=True)
class Story:
    """Findings of one story in time order, never none, with the facts about their addresses."""

    site: str
    findings: tuple[Found, ...]
    facts: Mapping[str, Mapping[str, Any]]

    @cached_property
    def lead(self) -> Found:
        """The finding that says most."""
        return max(self.findings, key=lambda found: found.weight)

    @cached_property
    def groups(self) -> tuple[tuple[Found, ...], ...]:
        """Findings of one detector together, the strongest first; groups as they began.

        Where the order is unknown or the same, by the steps of an intrusion. What models say comes
        last.
        """
        by_detector: dict[str, list[Found]] = {}
        for found in self.findings:
            by_detector.setdefault(found.record.detector, []).append(found)
        groups = [
            tuple(sorted(group, key=lambda found: found.weight, reverse=True))
            for group in by_detector.values()
        ]
        return tuple(sorted(groups, key=_began))

    @cached_property
    def first_ns(self) -> int | None:
        """Start of the earliest finding."""
        return min((f.start_ns for f in self.findings if f.start_ns is not None), default=None)

    @cached_property
    def last_ns(self) -> int | None:
        """End of the latest finding."""
        return max((f.stop_ns for f in self.findings if f.stop_ns is not None), default=None)

    @cached_property
    def only_attempts(self) -> bool:
        """Whether all of it came from outside and nothing says that anything succeeded."""
        return all(found.attempt for found in self.findings)

    @cached_property
    def tactics(self) -> tuple[str, ...]:
        """Tactics in the order of the ATT&CK matrix."""
        return in_matrix_order({found.tactic for found in self.findings if found.tactic})

    def phases(self, least_confidence: float = 0.0) -> tuple[str, ...]:
        """Steps of an intrusion, in order, that serious findings of that confidence show.

        Attempts from outside prove no step: everybody's servers are tried all day.
        """
        shown = {
            (phase_order(f.tactic), name)
            for f in self.findings
            if f.record.confidence >= least_confidence
            and severity_place(f.record.severity) >= severity_place("medium")
            and not f.attempt
            if (name := phase(f.tactic))
        }
        return tuple(name for _, name in sorted(shown))

    def hosts(self, *roles: Role) -> tuple[str, ...]:
        """Addresses in one of these roles, those with the weightiest findings first."""
        return tuple(a for a, role in self.roles.items() if role in roles)

    @cached_property
    def roles(self) -> dict[str, Role]:
        """The role of each address; one that plays several has the weightiest."""
        roles: dict[str, Role] = {}
        for found in sorted(self.findings, key=lambda f: f.weight, reverse=True):
            ends = ((found.record.orig_h, found.orig_role), (found.record.resp_h, found.resp_role))
            for address, role in ends:
                if address is not None:
                    known = roles.get(address, "unknown")
                    roles[address] = min(known, role, key=_ROLES.index)
        return roles

    @cached_property
    def inside(self) -> dict[str, bool | None]:
        """Whether each address is inside; None where nobody knows."""
        origs = {f.record.orig_h: f.orig_inside for f in self.findings}
        resps = {f.record.resp_h: f.resp_inside for f in self.findings}
        return {host: inside for host, inside in (origs | resps).items() if host is not None}

    @cached_property
    def domains(self) -> tuple[str, ...]:
        """Domain names that findings are about, in text order."""
        return tuple(sorted({f.record.domain for f in self.findings if f.record.domain}))

    def fact(self, address: str | None, name: str) -> Any:
        """A fact about an address, None where it is unknown."""
        return self.facts.get(address or "", {}).get(name)

    def entities(self, severity: Severity, most: int = 200) -> tuple[Entity, ...]:
        """Who is in it, those who act first; the first `most` of each role.

        What shows only weakly makes nobody infected: below medium the role is `unknown`.
        """
        weak = severity_place(severity) < severity_place("medium")
        entities = []
        for role in _ROLES:
            shown: Role = "unknown" if weak and role == "infected" else role
            for address in self.hosts(role)[:most]:
                known = {k: v for k, v in self.facts.get(address, {}).items() if v is not None}
                if (inside := self.inside.get(address)) is not None:
                    known["inside"] = inside
                name = known.get("asset")
                entities.append(
                    Entity(id=address, role=shown, name=str(name) if name else None, facts=known)
                )
        entities += [Entity(id=d, role="domain", name=None) for d in self.domains[:most]]
        return tuple(entities)


def _began(group: Sequence[Found]) -> tuple[bool, bool, int, int, str]:
    starts = [found.start_ns for found in group if found.start_ns is not None]
    return (
        group[0].record.detector in LEARNED,
        not starts,
        min(starts, default=0),
        min(phase_order(found.tactic) for found in group),
        group[0].record.detector,
    )
