"""What an incident is about, read from it: hosts, ports, names, times, which end is inside."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from lynceus.incident import Incident

MOST = 50
"""A query that would have to name more values of one kind leaves that kind out."""

MARGIN = timedelta(hours=1)
"""Time that a query reaches beyond the incident on both sides."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@lru_cache(maxsize=4096)
def address(text: str | None) -> Address | None:
    """The address if the text is exactly one, without a zone; else None."""
    try:
        parsed = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    return None if "%" in str(parsed) else parsed


class Hosts:
    """What the incident knows of its hosts."""

    def __init__(self, incident: Incident) -> None:
        self._facts = {entity.id: entity.facts for entity in incident.entities}

    def inside(self, host: str | None) -> bool | None:
        """Whether a host is inside; None where nobody knows."""
        inside = self._facts.get(host or "", {}).get("inside")
        return inside if isinstance(inside, bool) else None

    def network_kind(self, host: str | None) -> str:
        """Kind of the well-known network that a host belongs to; empty where there is none."""
        return str(self._facts.get(host or "", {}).get("network_kind") or "")


@dataclass(frozen=True)
class Scope:
    """The values by which the traffic of an incident is found again; empty means any."""

    origs: tuple[str, ...]
    resps: tuple[str, ...]
    ports: tuple[int, ...]
    domains: tuple[str, ...]
    first: datetime | None
    last: datetime | None

    @property
    def names_a_host(self) -> bool:
        """Whether there is an address to ask for."""
        return bool(self.origs or self.resps)


def scope(incident: Incident) -> Scope:
    """The scope of an incident. A kind of value is used when every finding names one."""
    findings = incident.findings
    origs = {f.orig_h for f in findings}
    resps = {f.resp_h for f in findings}
    ports = {f.resp_p for f in findings}
    domains = sorted({f.domain for f in findings if f.domain})[:MOST]
    return Scope(
        origs=_values(origs),
        resps=_values(resps),
        ports=tuple(sorted(p for p in ports if p is not None))
        if None not in ports and len(ports) <= MOST
        else (),
        domains=tuple(domains),
        first=_moment(incident.first_seen, -MARGIN),
        last=_moment(incident.last_seen, MARGIN),
    )


def _values(hosts: set[str | None]) -> tuple[str, ...]:
    if None in hosts or len(hosts) > MOST:
        return ()
    return tuple(sorted(h for h in hosts if h is not None))


def _moment(stamp: str | None, margin: timedelta) -> datetime | None:
    if stamp is None:
        return None
    try:
        return (datetime.fromisoformat(stamp) + margin).astimezone(UTC).replace(microsecond=0)
    except (OverflowError, ValueError):
        return None
