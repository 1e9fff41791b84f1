"""What a channel is told: one incident, what became of it, or several incidents in one message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

from lynceus.incident import FindingRecord, Incident
from lynceus.moments import rfc3339
from lynceus.records import SEVERITIES, Severity
from lynceus.shown import shown

Kind = Literal["open", "update", "escalate", "acknowledge", "resolve", "digest", "test"]
KINDS: tuple[Kind, ...] = get_args(Kind)

TITLE = 250
"""Most characters of a title; it is cut, for many services refuse longer ones."""
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
        return cut(shown(self._prefix + self._subject), TITLE)

    @property
    def _subject(self) -> str:
        if self.kind == "test":
            return "Test message of Lynceus: the channel works"
        if self.incident:
            return self.incident.title
        by = [f"{self.counts[s]:,} {s}" for s in reversed(SEVERITIES) if self.counts.get(s)]
        return f"{self.total:,} incidents: {', '.join(by)}"

    @property
    def _prefix(self) -> str:
        by = f" by {self.said_by}" if self.said_by else ""
        return {
            "update": "Update: ",
            "escalate": "Not acknowledged: ",
            "acknowledge": f"Acknowledged{by}: ",
            "resolve": f"Resolved{by}: ",
        }.get(self.kind, "")

    @cached_property
    def line(self) -> str:
        """All in one line: severity, title, score, id."""
        if not self.incident:
            return f"[{self.severity.upper()}] {self.title}"
        return (
            f"[{self.severity.upper()}] {self.title} (score {self.score:.0f}, "
            f"confidence {self.incident.confidence:.2f}, {self.id})"
        )

    @cached_property
    def paragraphs(self) -> tuple[str, ...]:
        """What is told below the title, a paragraph each."""
        told = [shown(self.why)] if self.why else []
        if self.kind == "digest":
            told += [_row(one) for one in self.incidents]
            if self.total > len(self.incidents):
                told.append(
                    f"and {self.total - len(self.incidents):,} more; "
                    f"lynceus alerts list --within {self.key} names all"
                )
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
        told = {"Severity": self.severity, "Site": shown(self.site)}
        if not self.incident:
            return told
        one = self.incident
        told |= {"Score": f"{one.score:.0f} of 100", "Confidence": f"{one.confidence:.2f}"}
        if one.first_seen:
            told["First seen"] = one.first_seen
        if one.last_seen:
            told["Last seen"] = one.last_seen
        if one.techniques:
            told["ATT&CK"] = ", ".join(map(shown, one.techniques))
        hosts = [f"{e.id} ({e.role})" for e in one.entities if e.role != "unknown"]
        if hosts:
            more = f" and {len(hosts) - 6} more" if len(hosts) > 6 else ""
            told["Who"] = shown(", ".join(hosts[:6])) + more
        return told | {"Incident": one.id}

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


def cut(text: str, most: int) -> str:
    """The text in at most so many characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def counted(incidents: tuple[Incident, ...]) -> Counter[str]:
    """Incidents by severity."""
    return Counter(i.severity for i in incidents)
