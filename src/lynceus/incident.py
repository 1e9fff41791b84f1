"""The noun that the analyst sees: findings of related entities joined into one story.

Incidents are few and are models with a JSON Schema, not rows of a frame. They stand apart from
`records.py` so that who only reads flows does not load the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lynceus.language import say
from lynceus.records import Role, Severity, Urgency

HOW_SOON: dict[Urgency, str] = {
    "now": "act now",
    "today": "look today",
    "week": "look this week",
    "note": "no hurry",
}
"""The urgencies in words."""


NOW = "Now: {action}"
"""An action that should not wait."""
FOLLOW_UP = "Follow-up: {action}"
"""An action that comes after."""


def steps(actions: Sequence[str]) -> tuple[list[str], list[str]]:
    """The actions of an incident without the word for when: what to do now, and what after."""
    now, _, now_end = say(NOW).partition("{action}")
    later, _, later_end = say(FOLLOW_UP).partition("{action}")
    return (
        [
            one.removeprefix(now).removesuffix(now_end)
            for one in actions
            if not one.startswith(later)
        ],
        [
            one.removeprefix(later).removesuffix(later_end)
            for one in actions
            if one.startswith(later)
        ],
    )


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Entity(_Frozen):
    """Somebody or something in an incident."""

    id: str = Field(description="Plain text: an address, a name, a user, a domain or a service.")
    role: Role
    name: str | None = Field(None, description="Name of the asset, where one is known.")
    facts: dict[str, Any] = Field(
        default_factory=dict, description="What enrichment knows: class, network, owner ..."
    )


class Sentence(_Frozen):
    """One sentence of the summary and the findings it rests on (never none)."""

    text: str
    findings: tuple[str, ...] = Field(min_length=1)
    about: Literal["seen", "when", "why", "who", "confidence", "action"] = Field(
        default="seen", description="Which of the analyst's questions it answers."
    )


class FindingRecord(_Frozen):
    """One finding as an incident shows it."""

    id: str
    detector: str
    orig_h: str | None
    resp_h: str | None
    resp_p: int | None = None
    proto: str | None = None
    service: str | None
    domain: str | None = None
    severity: Severity
    score: float = Field(ge=0, le=1)
    confidence: float = Field(ge=0, le=1)
    techniques: tuple[str, ...] = ()
    because: str
    first_seen: str | None
    last_seen: str | None
    evidence: dict[str, Any]
    flows_total: int
    flow_uids: tuple[str, ...] = Field(max_length=100)


class Incident(_Frozen):
    """What the analyst sees: findings of related entities joined into one story."""

    schema_version: Literal[1] = 1
    id: str
    site: str
    title: str
    severity: Severity
    confidence: float = Field(ge=0, le=1)
    score: float = Field(ge=0, le=100, description="Priority; opens into `score_parts`.")
    score_parts: dict[str, float] = Field(default_factory=dict)
    score_unknown: tuple[str, ...] = Field(
        (), description="Parts of the score for which nothing was known."
    )
    urgency: Urgency = Field(
        "note", description="How soon somebody should look: at once, today, this week, or never."
    )
    urgency_because: str = Field(
        "", description="The threshold that was passed, and what moved it."
    )
    entities: tuple[Entity, ...]
    techniques: tuple[str, ...]
    tactics: tuple[str, ...] = ()
    first_seen: str | None = Field(description="RFC 3339 UTC; null where the input has no date.")
    last_seen: str | None
    summary: str
    sentences: tuple[Sentence, ...]
    confidence_changes: tuple[str, ...] = Field(
        (), description="What would raise or lower the confidence."
    )
    recommended_actions: tuple[str, ...]
    queries: dict[str, str] = Field(description="SIEM queries and firewall rules by language.")
    findings: tuple[FindingRecord, ...]
    rephrased_by: str | None = Field(
        default=None, description="The language model that rephrased the sentences; null: none did."
    )
    merged_into: str | None = Field(
        default=None,
        description="The incident that this one turned out to be part of; it goes on there.",
    )
    related: tuple[str, ...] = Field(
        default=(), description="Ids of other incidents of this analysis with the same hosts."
    )
