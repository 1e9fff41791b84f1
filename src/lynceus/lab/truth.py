"""The truth about a capture: who did what to whom, from when to when."""

from __future__ import annotations

import datetime
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from lynceus.lab.wire import Span


@dataclass(frozen=True)
class Deed:
    """What one attack did, told by the attack itself."""

    orig_h: list[str]
    """Attackers, or infected machines: who began the flows."""
    resp_h: list[str]
    proto: str
    description: str
    techniques: tuple[str, ...]
    """ATT&CK ids."""
    roles: dict[str, str]
    """Address or domain -> the role it has in the story."""
    resp_p: list[int] = field(default_factory=list)
    service: str | None = None
    domains: list[str] = field(default_factory=list)
    via: list[str] = field(default_factory=list)
    """Who passed it on without guilt; a finding that names one of these is not wrong."""
    also: list[str] = field(default_factory=list)
    """Further detectors whose finding about the same attacker would be right."""
    used: dict[str, Any] = field(default_factory=dict)
    """The parameters it ran with, drawn or given."""


def rfc3339(ns: int) -> str:
    """A time as text: UTC, microseconds."""
    seconds, rest = divmod(ns, 1_000_000_000)
    when = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{rest // 1000:06d}Z"


def truth_line(attack: str, deed: Deed, span: Span, start_ns: int) -> str:
    """One line of truth.jsonl. `attack` is the name of the detector that should find it."""
    told = asdict(deed)
    used = told.pop("used")
    roles = told.pop("roles")
    first, last = (
        None if s is None else rfc3339(start_ns + int(s * 1e9)) for s in (span.first_s, span.last_s)
    )
    line = {
        "attack": attack,
        **told,
        "technique": deed.techniques[0],
        "first_seen": first,
        "last_seen": last,
        "evasions": used,
        "entities": [{"id": k, "role": v} for k, v in roles.items()],
    }
    return json.dumps(line, ensure_ascii=False)
