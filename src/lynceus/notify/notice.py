"""What a channel is told: one incident, what became of it, or several incidents in one message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

from lynceus.incident import FindingRecord, Incident
from lynceus.language import say, several
from lynceus.moments import rfc3339
from lynceus.records import SEVERITIES, Severity
from lynceus.shown import shown

Kind = Literal["open", "update", "escalate", "acknowledge", "resolve", "digest", "test"]
KINDS: tuple[Kind, ...] = get_args(Kind)

TITLE = 250
"""Most characters of a title; it is cut, for many services refuse longer ones."""
TITLES = {
    ("update", False): "Update: {title}",
    ("escalate", False): "Not acknowledged: {title}",
    ("acknowledge", False): "Acknowledged: {title}",
    ("acknowledge", True): "Acknowledged by {who}: {title}",
    ("resolve", False): "Resolved: {title}",
    ("resolve", True): "Resolved by {who}: {title}",
}
"""How a title begins, by kind, and whether somebody is named."""
LISTED = 20
"""Most incidents that a message names; of the others it gives the count."""

Reference = Mapping[str, str]
"""What a service gave for finding a message again: a thread, a ticket, an alert."""


@dataclass(frozen=True)
class Said:
    """What a service said of a message that it took."""

    text: str
    reference: Reference = field(default_factory=dict)


@dataclass(frozen=True)
class Notice:
    """What is to be told. The same `key` twice is the same message twice."""

    key: str
    kind: Kind
    at_ns: int
    """When it was decided to tell it, in ns since 1970."""
    sent_ns: int
    """When it is sent: later than `at_ns` where it had to wait, other with every attempt."""
    site: str
    incidents: tuple[Incident, ...] = ()
    """One; of a digest the weightiest; of a test none."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Of a digest, its incidents by severity."""
    said_by: str = ""
    """Who acknowledged or resolved."""
    why: str = ""
    """What was said with it, or why it is told."""

    @property
    def incident(self) -> Incident | None:
        """The one incident it is about; None where it is about several or none."""
        return self.incidents[0] if self.incidents and self.kind != "digest" else None

    @property
    def id(self) -> str:
        """The incident's id; a digest or test is its own."""
        return self.incident.id if self.incident else self.key

    @property
    def at(self) -> str:
        """`at_ns` in RFC 3339."""
        return rfc3339(self.at_ns) or ""

    @cached_property
    def severity(self) -> Severity:
        """Of the worst incident; info where there is none."""
        told = [*self.counts, *(i.severity for i in self.incidents)]
        worst: Severity = "info"
        for severity in SEVERITIES:
            worst = severity if severity in told else worst
        return worst

    @property
    def score(self) -> float:
        """The highest score, 0 to 100."""
        return max((i.score for i in self.incidents), default=0.0)

    @property
    def total(self) -> int:
        """How many incidents it is about."""
        return sum(self.counts.values()) or len(self.incidents)

    @cached_property
    def title(self) -> str:
        """What it is about, in one line of at most `TITLE` characters."""
        form = TITLES.get((self.kind, bool(self.said_by)), TITLES.get((self.kind, False)))
        about = self._subject
        return cut(shown(say(form, title=about, who=self.said_by) if form else about), TITLE)

    @property
    def _subject(self) -> str:
        if self.kind == "test":
            return say("Test message of Lynceus: the channel works")
        if self.incident:
            return self.incident.title
        by = [f"{self.counts[s]:,} {s}" for s in reversed(SEVERITIES) if self.counts.get(s)]
        return several(
            "{n} incident: {severities}",
            "{n} incidents: {severities}",
            self.total, severities=", ".join(by),
        )  # fmt: skip

    @cached_property
    def line(self) -> str:
        """All in one line: severity, title, score, id."""
        if not self.incident:
            return f"[{self.severity.upper()}] {self.title}"
        return say(
            "[{severity}] {title} (score {score}, confidence {confidence}, {id})",
            severity=self.severity.upper(), title=self.title, score=f"{self.score:.0f}",
            confidence=f"{self.incident.confidence:.2f}", id=self.id,
        )  # fmt: skip

    @cached_property
    def paragraphs(self) -> tuple[str, ...]:
        """What is told below the title, a paragraph each."""
        told = [shown(self.why)] if self.why else []
        if self.kind == "digest":
            told += [_row(one) for one in self.incidents]
            if self.total > len(self.incidents):
                left = self.total - len(self.incidents)
                told.append(
                    several(
                        "and {n} more; {command} names all",
                        "and {n} more; {command} names all",
                        left, command=f"lynceus alerts list --within {self.key}",
                    )
                )  # fmt: skip
        elif self.incident and self.kind not in ("acknowledge", "resolve"):
            told.append(shown(self.incident.summary))
        return tuple(part for part in told if part)

    @property
    def actions(self) -> tuple[str, ...]:
        """What to do, in order; none once somebody has taken it on."""
        if not self.incident or self.kind in ("acknowledge", "resolve"):
            return ()
        return tuple(shown(action) for action in self.incident.recommended_actions)

    @cached_property
    def facts(self) -> dict[str, str]:
        """What is worth a field of its own, by name, for people."""
        told = {say("Severity"): str(self.severity), say("Site"): shown(self.site)}
        if not self.incident:
            return told
        one = self.incident
        told |= {
            say("Score"): say("{score} of 100", score=f"{one.score:.0f}"),
            say("Confidence"): f"{one.confidence:.2f}",
        }
        if one.first_seen:
            told[say("First seen")] = one.first_seen
        if one.last_seen:
            told[say("Last seen")] = one.last_seen
        if one.techniques:
            told["ATT&CK"] = ", ".join(map(shown, one.techniques))
        hosts = [f"{e.id} ({say(e.role)})" for e in one.entities if e.role != "unknown"]
        if hosts:
            told[say("Who")] = _first_of(shown(", ".join(hosts[:6])), len(hosts) - 6)
        return told | {say("Incident"): one.id}

    @cached_property
    def text(self) -> str:
        """All of it as plain text."""
        parts = [self.line, *self.paragraphs]
        if self.incident:
            parts.append("\n".join(f"{name}: {value}" for name, value in self.facts.items()))
        parts += ["\n".join(self.actions)] if self.actions else []
        return "\n\n".join(parts) + "\n"

    @property
    def finding(self) -> FindingRecord | None:
        """The strongest finding of the one incident, for formats that know one flow."""
        if not self.incident:
            return None
        order = (
            (SEVERITIES.index(f.severity), f.score * f.confidence, f.id)
            for f in self.incident.findings
        )
        weighed = list(zip(order, self.incident.findings, strict=True))
        return max(weighed, key=lambda pair: pair[0])[1] if weighed else None


def _row(incident: Incident) -> str:
    """An incident in a list of them."""
    return f"[{incident.severity.upper()}] {shown(incident.title)} ({incident.id})"


def _first_of(named: str, left: int) -> str:
    """What is named, and how many are not."""
    if left <= 0:
        return named
    return several("{named} and {n} more", "{named} and {n} more", left, named=named)


def cut(text: str, most: int) -> str:
    """The text in at most so many characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def counted(incidents: tuple[Incident, ...]) -> Counter[str]:
    """Incidents by severity."""
    return Counter(i.severity for i in incidents)
