"""What first: the score of a story, a sum of parts that each can be read and tuned.

The formula is published in `docs/priority.md`; every weight stands in `PriorityConfig`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lynceus.correlate.ends import number
from lynceus.correlate.story import Story
from lynceus.records import Severity

UNKNOWN = "unknown"
"""The criticality of an asset that no list knows."""
WORST_CVSS = 10.0


@dataclass(frozen=True)
class PriorityConfig:
    """Every weight of the score. Those that ship add up to 100 at most."""

    severity_points: Mapping[Severity, float] = field(
        default_factory=lambda: {"info": 0, "low": 12, "medium": 28, "high": 42, "critical": 55}
    )
    strength_points: float = 8.0
    """For the strongest finding with score 1."""
    step_points: float = 4.0
    """For each step of an intrusion after the first."""
    steps_points_most: float = 8.0
    asset_points: Mapping[str, float] = field(
        default_factory=lambda: {UNKNOWN: 1, "low": 0, "medium": 3, "high": 5, "critical": 8}
    )
    """For the most critical host inside that is concerned; one that no list knows is rather less
    than medium."""
    stale: float = 0.5
    """What is left of the points for what a source tells that was not read for too long."""
    user_points: float = 5.0
    """For a user of risk 1 who is concerned."""
    privileged_risk: float = 0.7
    """The risk of a user with privileges is at least this."""
    exposure_points: float = 5.0
    """For a host inside that somebody outside got through to, or with a weakness of CVSS 10."""
    outward: float = 0.4
    """Share of the exposure of a host inside that itself deals with the outside."""
    intel_points: float = 5.0
    """For an indicator of confidence 1 that was met; it has decayed with its age by then."""
    novelty_points: float = 3.0
    """For a finding of confidence 1 that says that this was never seen here before."""
    novel: frozenset[str] = frozenset(
        {
            "first_seen",
            "rare_ja4",
            "new_admin_path",
            "anomalous_host",
            "anomalous_pair",
            "anomalous_flow",
        }
    )
    """Detectors whose findings say so."""
    spread_points: float = 0.6
    """For each doubling of the hosts that are concerned."""
    spread_points_most: float = 3.0
    doubt: float = 0.6
    """Share of the points that a confidence of 0 takes away."""


@dataclass(frozen=True)
class Priority:
    """The score of a story, what it is the sum of, and for which parts nothing was known."""

    score: float
    parts: Mapping[str, float]
    unknown: tuple[str, ...] = ()


def priority_of(
    story: Story, severity: Severity, confidence: float, config: PriorityConfig, steps: int
) -> Priority:
    """From 0 to 100. `steps` are the steps of an intrusion that the story shows."""
    strength = max(found.record.score for found in story.findings)
    asset, user = _asset_points(story, config), _user_risk(story, config)
    doublings = math.log2(max(1, concerned(story)))
    points = {
        "severity": config.severity_points[severity],
        "strength": config.strength_points * strength,
        "progress": min(config.steps_points_most, config.step_points * max(0, steps - 1)),
        "asset": config.asset_points.get(UNKNOWN, 0.0) if asset is None else asset,
        "user": config.user_points * (user or 0.0),
        "exposure": config.exposure_points * _exposure(story, config),
        "intel": config.intel_points * _surest(story, {"known_bad"}),
        "novelty": config.novelty_points * _surest(story, config.novel),
        "spread": min(config.spread_points_most, config.spread_points * doublings),
    }
    if severity == "info":
        points = dict.fromkeys(points, 0.0) | {"strength": points["strength"] / 10}
    parts = {name: round(value, 1) for name, value in points.items()}
    parts["doubt"] = -round(sum(parts.values()) * config.doubt * (1.0 - confidence), 1)
    score = round(sum(parts.values()), 1)
    unknown = [name for name, value in (("asset", asset), ("user", user)) if value is None]
    return Priority(min(100.0, max(0.0, score)), parts, tuple(unknown))


def _concerned(story: Story) -> Iterator[str]:
    """The hosts that the site has to look after: those not known to be outside."""
    return (address for address in story.roles if story.inside.get(address) is not False)


def _asset_points(story: Story, config: PriorityConfig) -> float | None:
    """None where no list knows any of the hosts."""
    known = []
    for address in _concerned(story):
        word = criticality(story.fact(address, "asset_criticality"))
        if word in config.asset_points:
            stale = story.fact(address, "asset_stale_days") is not None
            known.append(config.asset_points[word] * (config.stale if stale else 1.0))
    return max(known, default=None)


def _user_risk(story: Story, config: PriorityConfig) -> float | None:
    """0 to 1, None where nobody knows who was there."""
    risks = []
    for address in _concerned(story):
        risk = number(story.fact(address, "user_risk"))
        if story.fact(address, "user_privileged"):
            risk = max(risk or 0.0, config.privileged_risk)
        if risk is not None:
            risks.append(min(1.0, max(0.0, risk)))
    return max(risks, default=None)


def _exposure(story: Story, config: PriorityConfig) -> float:
    """0 to 1: how easily others get at the hosts that are concerned."""
    share = 0.0
    for found in story.findings:
        if found.orig_inside is False and found.resp_inside is not False and not found.attempt:
            share = 1.0
        elif found.resp_inside is False and found.orig_inside is not False:
            share = max(share, config.outward)
    for address in _concerned(story):
        cvss = number(story.fact(address, "worst_cvss")) or 0.0
        stale = story.fact(address, "cves_stale_days") is not None
        share = max(share, min(1.0, cvss / WORST_CVSS) * (config.stale if stale else 1.0))
    return share


def _surest(story: Story, detectors: set[str] | frozenset[str]) -> float:
    """The highest confidence of a finding of one of these detectors, 0 without one."""
    own = (f.record.confidence for f in story.findings if f.record.detector in detectors)
    return max(own, default=0.0)


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
