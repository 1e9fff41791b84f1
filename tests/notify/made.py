"""Notices made by hand, hostile texts among them."""

from __future__ import annotations

from typing import Any

from lynceus.incident import Entity, FindingRecord, Incident, Sentence
from lynceus.notify.notice import Kind, Notice

AT_NS = 1_714_557_600 * 10**9
"""2024-05-01 10:00 UTC, a Wednesday."""
MINUTE_NS = 60 * 10**9

HOSTILE = (
    '<!channel> <http://evil.example|click> *b* `c` [x](y) | = \\ ] " \r\nBcc: a@b\t'
    "{noformat} ``` &amp; =cmd|'/c calc'!A1 \u202e\u200b\x00\x1b[31m 東京"
)
"""What an attacker would put into a host name, were it not for the rules of DNS."""


def incident(number: int = 1, **changed: Any) -> Incident:
    """An incident of two hosts and a domain."""
    record = FindingRecord(
        id=f"f{number}", detector="beacon", orig_h="10.0.0.5", resp_h="2001:db8::7", resp_p=443,
        proto="tcp", service="tls", domain="c2.example.net", severity="high", score=0.9,
        confidence=0.8, techniques=("T1071.001",), because="It calls home.",
        first_seen="2024-05-01T08:00:00Z", last_seen="2024-05-01T09:30:00Z",
        evidence={"beats": 90}, flows_total=90, flow_uids=("C1",),
    )  # fmt: skip
    told: dict[str, Any] = {
        "id": f"{number:016x}",
        "site": "office",
        "title": f"10.0.0.5 calls c2.example.net every minute ({number})",
        "severity": "high",
        "confidence": 0.8,
        "score": 71.4,
        "entities": (
            Entity(id="10.0.0.5", role="infected", facts={"asset_criticality": "high"}),
            Entity(id="2001:db8::7", role="server"),
            Entity(id="c2.example.net", role="domain"),
        ),
        "techniques": ("T1071.001",),
        "tactics": ("command-and-control",),
        "first_seen": "2024-05-01T08:00:00Z",
        "last_seen": "2024-05-01T09:30:00Z",
        "summary": "10.0.0.5 called c2.example.net 90 times.",
        "sentences": (Sentence(text="It calls home.", findings=(record.id,)),),
        "recommended_actions": ("Now: Isolate 10.0.0.5.", "Follow-up: Search for other hosts."),
        "queries": {},
        "findings": (record,),
    }
    return Incident(**{**told, **changed})


def hostile(number: int = 1) -> Incident:
    """An incident whose every text is hostile."""
    plain = incident(number)
    record = plain.findings[0].model_copy(
        update={"orig_h": HOSTILE, "resp_h": HOSTILE, "domain": HOSTILE, "because": HOSTILE}
    )
    return plain.model_copy(
        update={
            "title": HOSTILE,
            "summary": HOSTILE,
            "entities": (Entity(id=HOSTILE, role="infected"),),
            "recommended_actions": (HOSTILE,),
            "findings": (record,),
        }
    )


def notice(kind: Kind = "open", one: Incident | None = None, **changed: Any) -> Notice:
    """A notice of one incident; of a digest or test what these have."""
    told: dict[str, Any] = {
        "key": f"{kind}-0123456789abcdef", "kind": kind, "at_ns": AT_NS,
        "sent_ns": AT_NS + 5 * 10**9, "site": "office", "incidents": (one or incident(),),
    }  # fmt: skip
    if kind == "test":
        told["incidents"] = ()
    if kind == "digest":
        told |= {"incidents": (incident(1), incident(2)), "counts": {"high": 2, "low": 40}}
    if kind in ("acknowledge", "resolve"):
        told |= {"said_by": "ada", "why": "our scanner"}
    return Notice(**{**told, **changed})
