"""What of an incident others can use: the places it accuses, as indicators with their times."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lynceus.incident import Incident

Tlp = Literal["clear", "green", "amber", "red"]
TLPS: tuple[Tlp, ...] = ("clear", "green", "amber", "red")
"""Traffic Light Protocol: who may be told."""

NAMESPACE = uuid.UUID("6f2d7c1e-52f7-5a52-9f6b-2f3d7d0a6c11")
"""Ids are made of what they stand for: the same incident told twice is one."""


@dataclass(frozen=True)
class Accused:
    """A place that an incident accuses."""

    value: str
    kind: Literal["ipv4", "ipv6", "domain"]


def accused(incident: Incident) -> Iterator[Accused]:
    """The attackers and names of an incident that lie outside: nobody else's business is told."""
    for entity in incident.entities:
        if entity.role not in ("attacker", "domain") or entity.facts.get("inside"):
            continue
        try:
            address = ipaddress.ip_address(entity.id)
        except ValueError:
            if "." in entity.id and " " not in entity.id:
                yield Accused(entity.id, "domain")
            continue
        if address.is_global:
            yield Accused(entity.id, "ipv4" if address.version == 4 else "ipv6")


def identity(*parts: str) -> str:
    """A UUID that stands for these texts."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join(parts)))
