"""Findings to incidents: joined into stories, scored, and told in plain words."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from lynceus import respond
from lynceus.correlate import narrate
from lynceus.correlate.ends import with_ends
from lynceus.correlate.join import JoinConfig, stories
from lynceus.correlate.priority import PriorityConfig, priority_of
from lynceus.correlate.processes import with_processes
from lynceus.correlate.score import ScoreConfig, confidence_of, severity_of
from lynceus.correlate.story import Found, Story
from lynceus.correlate.urgency import UrgencyConfig, urgency_of
from lynceus.incident import Incident
from lynceus.moments import rfc3339
from lynceus.records import FINDING_SCHEMA, conform
from lynceus.threat_level import ThreatLevels

__all__ = [
    "CorrelateConfig", "JoinConfig", "PriorityConfig", "ScoreConfig", "UrgencyConfig", "incidents",
    "touched", "with_processes",
]  # fmt: skip

_ORDER = (
    "start_ns",
    "stop_ns",
    "detector",
    "id",
    "orig_h",
    "resp_h",
    "because",
    "evidence",
    "score",
)
"""Brings findings into one order, however they came."""

RELATED = 20
"""Most other incidents that an incident names."""


@dataclass(frozen=True)
class CorrelateConfig:
    """Every knob between findings and incidents."""

    join: JoinConfig = field(default_factory=JoinConfig)
    score: ScoreConfig = field(default_factory=ScoreConfig)
    priority: PriorityConfig = field(default_factory=PriorityConfig)
    urgency: UrgencyConfig = field(default_factory=UrgencyConfig)
    levels: ThreatLevels = field(default_factory=ThreatLevels)
    """What a person has set; not a table of knobs but a file of its own."""


def incidents(
    findings: pl.DataFrame,
    *,
    facts: pl.DataFrame | None = None,
    doubted: Collection[str] = (),
    config: CorrelateConfig | None = None,
) -> list[Incident]:
    """All findings as incidents, the most urgent first; every finding is in exactly one.

    `findings` has `FINDING_SCHEMA`, in any order. `facts` has a row an address: `address` (or
    `value`), `inside`, `class`, `network`, `network_kind`, `asset`, `asset_owner`,
    `asset_criticality`, `asset_role`, each as far as known; without it private addresses count as
    inside. `doubted` are detectors whose findings were lowered for traffic that was missed or
    sampled (`lynceus.trust`): an incident that rests on one says so.
    """
    config = config or CorrelateConfig()
    if findings.is_empty():
        return []
    rows = with_ends(conform(findings, FINDING_SCHEMA), facts).sort(*_ORDER, nulls_last=True)
    rows = rows.with_columns(
        pl.col("site").fill_null("default"), story=stories(rows, config.join)
    ).sort("story", maintain_order=True)
    told: dict[str, Incident] = {}
    for story in _stories(rows, _known(facts)):
        incident = _incident(story, doubted, config)
        while incident.id in told:
            again = hashlib.sha256(f"{incident.id}|again".encode()).hexdigest()[:16]
            incident = incident.model_copy(update={"id": again})
        told[incident.id] = incident
    ordered = sorted(told.values(), key=_urgency)
    related = _related(ordered)
    return [respond.with_queries(i.model_copy(update={"related": related[i.id]})) for i in ordered]


def touched(
    findings: pl.DataFrame,
    new: pl.Series,
    *,
    facts: pl.DataFrame | None = None,
    config: CorrelateConfig | None = None,
) -> pl.DataFrame:
    """All findings of the stories that findings of these ids are part of, in `FINDING_SCHEMA`."""
    config = config or CorrelateConfig()
    findings = conform(findings, FINDING_SCHEMA)
    rows = with_ends(findings, facts).sort(*_ORDER, nulls_last=True)
    rows = rows.with_columns(pl.col("site").fill_null("default"))
    told = rows.select("id", story=stories(rows, config.join))
    hit = told.filter(pl.col("id").is_in(new.implode()))["story"].unique()
    same = told.filter(pl.col("story").is_in(hit.implode()))
    return findings.join(same.select("id"), on="id", how="semi", maintain_order="left")


def _known(facts: pl.DataFrame | None) -> dict[str, dict[str, Any]]:
    """The facts by address."""
    if facts is None:
        return {}
    key = "address" if "address" in facts.columns else "value"
    return {row.pop(key): row for row in facts.to_dicts()}


def _stories(rows: pl.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> Iterator[Story]:
    together: list[Found] = []
    number, site = None, ""
    for row in rows.iter_rows(named=True):
        if together and row["story"] != number:
            yield Story(site, tuple(together), facts)
            together = []
        number, site = row["story"], row["site"]
        together.append(Found.of(row))
    yield Story(site, tuple(together), facts)


def _incident(story: Story, doubted: Collection[str], config: CorrelateConfig) -> Incident:
    severity = severity_of(story, config.score)
    confidence = confidence_of(story, config.score)
    steps = len(story.phases(config.score.trusted))
    first = priority_of(story, severity, confidence, config.priority, steps)
    urgency, because = urgency_of(
        first.score, severity, story.last_ns, config.urgency, config.levels
    )
    draft = Incident(
        id=_id(story),
        site=story.site,
        title=narrate.title(story),
        severity=severity,
        confidence=confidence,
        score=first.score,
        score_parts=dict(first.parts),
        score_unknown=first.unknown,
        urgency=urgency,
        urgency_because=because,
        entities=story.entities(severity),
        techniques=tuple(sorted({t for f in story.findings for t in f.record.techniques})),
        tactics=story.tactics,
        first_seen=rfc3339(story.first_ns),
        last_seen=rfc3339(story.last_ns),
        summary="",
        sentences=(),
        confidence_changes=narrate.confidence_changes(story),
        recommended_actions=(),
        queries={},
        findings=tuple(found.record for found in story.findings),
    )
    actions = respond.actions(draft)
    lossy = any(found.record.detector in doubted for found in story.findings)
    told = narrate.sentences(story, confidence, respond.first(actions), config.score, lossy)
    return draft.model_copy(
        update={
            "sentences": told,
            "summary": " ".join(sentence.text for sentence in told),
            "recommended_actions": actions,
        }
    )


def _id(story: Story) -> str:
    """First 16 hex digits of SHA-256 over site, lead detector, entities and first window."""
    first = min(
        (f.window_start_ns for f in story.findings if f.window_start_ns is not None), default=None
    )
    entities = "|".join(sorted({*story.roles, *story.domains}))
    text = f"{story.site}|{story.lead.record.detector}|{entities}|{first}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _urgency(incident: Incident) -> tuple[float, str, str]:
    return -incident.score, incident.first_seen or "~", incident.id


def _related(ordered: list[Incident]) -> dict[str, tuple[str, ...]]:
    """Other incidents with the same attacker, infected host or victim, the most urgent first."""
    by_host: dict[tuple[str, str], list[str]] = {}
    for incident in ordered:
        for host in _hosts(incident):
            by_host.setdefault((incident.site, host), []).append(incident.id)
    return {
        incident.id: tuple(
            dict.fromkeys(
                other
                for host in _hosts(incident)
                for other in by_host[incident.site, host][: RELATED + 1]
                if other != incident.id
            )
        )[:RELATED]
        for incident in ordered
    }


def _hosts(incident: Incident) -> list[str]:
    acting = {f.orig_h for f in incident.findings}
    return [
        entity.id
        for entity in incident.entities
        if entity.role in ("attacker", "infected", "victim") or entity.id in acting
    ]
