"""Holds incidents against the truth of a lab capture: found, missed, and what is noise."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lynceus.incident import FindingRecord, Incident
from lynceus.records import SEVERITIES

ALARM = SEVERITIES.index("medium")
"""From here on an incident asks a person to act."""


@dataclass(frozen=True)
class LabScore:
    """How a result compares with the truth."""

    found: tuple[str, ...]
    """Planted attacks that an incident of medium or above names."""
    quiet: tuple[str, ...]
    """Planted attacks that only an incident of low or info names."""
    missed: tuple[str, ...]
    """Planted attacks that nothing names."""
    noise: tuple[str, ...]
    """Titles of incidents of medium or above without a planted attack behind them."""


def read_truth(path: Path) -> list[dict[str, Any]]:
    """The planted attacks of a `truth.jsonl`."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def score(truth: Sequence[Mapping[str, Any]], incidents: Sequence[Incident]) -> LabScore:
    """What of the truth the incidents tell, and what they tell besides."""
    place: dict[int, int] = {}
    noise = []
    for incident in incidents:
        severity = SEVERITIES.index(incident.severity)
        told = {
            number
            for number, attack in enumerate(truth)
            for finding in incident.findings
            if _tells(finding, attack)
        }
        for number in told:
            place[number] = max(place.get(number, 0), severity)
        if severity >= ALARM and not told:
            noise.append(incident.title)
    names = [str(attack["attack"]) for attack in truth]
    return LabScore(
        found=tuple(n for i, n in enumerate(names) if place.get(i, -1) >= ALARM),
        quiet=tuple(n for i, n in enumerate(names) if 0 <= place.get(i, -1) < ALARM),
        missed=tuple(n for i, n in enumerate(names) if i not in place),
        noise=tuple(noise),
    )


def _tells(finding: FindingRecord, attack: Mapping[str, Any]) -> bool:
    """Whether a finding is of the attack: its detector, and one of its hosts or names."""
    if finding.detector not in {attack["attack"], *attack["also"]}:
        return False
    hosts = {*attack["orig_h"], *attack["resp_h"], *attack["via"]}
    hosts |= {entity["id"] for entity in attack["entities"]}
    if finding.orig_h is None and finding.resp_h is None and finding.domain is None:
        return _meets(finding, attack)
    named = {finding.orig_h, finding.resp_h, *map(str, finding.evidence.values())}
    return bool(hosts & named) or any(
        finding.domain and (name == finding.domain or name.endswith(f".{finding.domain}"))
        for name in attack["domains"]
    )


def _meets(finding: FindingRecord, attack: Mapping[str, Any]) -> bool:
    """Whether a finding about the site as a whole (invented DHCP clients) is of the same time."""
    first, last = finding.first_seen or "", finding.last_seen or "~"
    return bool(first <= attack["last_seen"] and last >= attack["first_seen"])
