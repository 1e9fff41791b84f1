"""Who is told of an incident, and when: routes, quiet hours, digests and maintenance."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from lynceus.hours import Hours, holds, over, whole_week
from lynceus.incident import Incident
from lynceus.language import say
from lynceus.moments import NS, rfc3339
from lynceus.records import SEVERITIES, URGENCIES, Severity, Urgency

MINUTE_NS = 60 * NS
UTC = ZoneInfo("UTC")
CRITICALITIES = ("low", "medium", "high", "critical")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _hours(value: object) -> object:
    texts = [value] if isinstance(value, str) else value
    if isinstance(texts, list | tuple) and all(isinstance(one, str) for one in texts):
        return tuple(Hours.parse(one) for one in texts)
    raise ValueError('expected hours such as "mon-fri 08:00-18:00", or a list of them')


def _network(value: object) -> object:
    try:
        return ipaddress.ip_network(str(value).strip(), strict=False)
    except ValueError:
        raise ValueError(f"{value!r}: expected a network such as 192.0.2.0/24") from None


OfTheWeek = Annotated[tuple[Hours, ...], BeforeValidator(_hours)]
Segments = tuple[Annotated[Network, BeforeValidator(_network)], ...]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Escalation(_Table):
    """Who is told besides when nobody has acknowledged after so many minutes."""

    after_min: int = Field(ge=1, le=7 * 24 * 60, strict=True)
    to: tuple[str, ...] = Field(min_length=1)


class Route(_Table):
    """Which incidents go to which channels. What is left out agrees with every incident."""

    name: str = Field(min_length=1, max_length=100)
    to: tuple[str, ...] = Field(min_length=1)
    severity: Severity = "medium"
    """From this one on."""
    urgency: Urgency = "note"
    """From this one on: `now`, `today`, `week`, or `note` for all."""
    detectors: tuple[str, ...] = ()
    """One of its findings is of one of them."""
    sites: tuple[str, ...] = ()
    segments: Segments = ()
    """One of its hosts lies in one of these networks."""
    criticality: Literal["low", "medium", "high", "critical"] | None = None
    """One of its hosts is an asset of at least this criticality."""
    hours: OfTheWeek = ()
    """The route is there only in these hours."""
    quiet: OfTheWeek = ()
    """What comes up in these hours is told in one message when they are over ..."""
    wakes: Severity | None = "critical"
    """... unless it is as severe as this."""
    digest_min: int = Field(default=0, ge=0, le=7 * 24 * 60, strict=True)
    """Everything is told in one message every so many minutes."""
    updates: Literal["important", "all", "none"] = "important"
    """Which changes of an incident are told: important ones raise its severity or bring another
    tactic."""
    escalate: tuple[Escalation, ...] = ()
    last: bool = False
    """Routes below are not looked at where this one agrees."""

    @field_validator("quiet", "hours")
    @classmethod
    def _leaves_some(cls, value: tuple[Hours, ...]) -> tuple[Hours, ...]:
        if whole_week(value):
            raise ValueError("expected hours that leave some of the week")
        return value

    def agrees(self, incident: Incident, at_ns: int, zone: ZoneInfo) -> bool:
        """Whether an incident goes this way at this time."""
        return (
            SEVERITIES.index(incident.severity) >= SEVERITIES.index(self.severity)
            and URGENCIES.index(incident.urgency) >= URGENCIES.index(self.urgency)
            and (not self.sites or incident.site in self.sites)
            and (not self.detectors or any(f.detector in self.detectors for f in incident.findings))
            and (not self.segments or within(incident, self.segments))
            and (self.criticality is None or _as_critical(incident, self.criticality))
            and (not self.hours or holds(self.hours, at_ns, zone))
        )


class Maintenance(_Table):
    """A time in which some hosts do what would be alarming otherwise. What comes up is told in one
    message when it is over."""

    why: str = Field(min_length=1, max_length=150)
    begin: datetime
    end: datetime
    sites: tuple[str, ...] = ()
    segments: Segments = ()

    @model_validator(mode="after")
    def _has_an_end(self) -> Maintenance:
        if self.begin.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("begin and end: expected times such as 2026-11-22T22:00:00Z")
        if self.begin >= self.end:
            raise ValueError("end: expected a time after begin")
        return self

    def holds(self, incident: Incident, at_ns: int) -> bool:
        """Whether an incident that is told now falls under it."""
        return (
            self.begin.timestamp() * NS <= at_ns < self.end.timestamp() * NS
            and (not self.sites or incident.site in self.sites)
            and (not self.segments or within(incident, self.segments))
        )


@dataclass(frozen=True)
class Way:
    """How an incident reaches one channel."""

    channel: str
    due_ns: int
    held_for: str | None
    """Why it is not sent at once; what is held for the same reason is told in one message."""
    updates: Literal["important", "all", "none"]


@dataclass(frozen=True)
class Routing:
    """The routes in their order, and what holds them back."""

    routes: tuple[Route, ...]
    maintenance: tuple[Maintenance, ...] = ()
    zone: ZoneInfo = UTC

    def agreeing(self, incident: Incident, at_ns: int) -> list[Route]:
        """The routes that an incident takes."""
        taken = []
        for route in self.routes:
            if route.agrees(incident, at_ns, self.zone):
                taken.append(route)
                if route.last:
                    break
        return taken

    def ways(self, incident: Incident, routes: Sequence[Route], at_ns: int) -> dict[str, Way]:
        """By channel, the way that is the soonest."""
        held = [m for m in self.maintenance if m.holds(incident, at_ns)]
        ways: dict[str, Way] = {}
        for route in routes:
            due_ns, why = self._due(route, incident, at_ns)
            if held:
                longest = max(held, key=lambda one: one.end)
                due_ns = max(due_ns, int(longest.end.timestamp()) * NS)
                why = say("maintenance until {time}: {why}", time=rfc3339(due_ns), why=longest.why)
            for channel in route.to:
                if channel not in ways or due_ns < ways[channel].due_ns:
                    ways[channel] = Way(channel, due_ns, why, route.updates)
        return ways

    def _due(self, route: Route, incident: Incident, at_ns: int) -> tuple[int, str | None]:
        wakes = route.wakes and SEVERITIES.index(incident.severity) >= SEVERITIES.index(route.wakes)
        due_ns, why = at_ns, None
        if route.digest_min and not wakes:
            every = route.digest_min * MINUTE_NS
            due_ns, why = (
                (at_ns // every + 1) * every,
                say("digest every {minutes} min", minutes=route.digest_min),
            )
        if route.quiet and not wakes and holds(route.quiet, due_ns, self.zone):
            due_ns = over(route.quiet, due_ns, self.zone)
            why = say("quiet hours until {time}", time=rfc3339(due_ns))
        return due_ns, why


def within(incident: Incident, segments: Iterable[Network]) -> bool:
    """Whether one of its hosts lies in one of the networks."""
    networks = tuple(segments)
    for entity in incident.entities:
        try:
            address = ipaddress.ip_address(entity.id)
        except ValueError:
            continue
        if any(address in network for network in networks):
            return True
    return False


def important(before: Incident, now: Incident) -> bool:
    """Whether people want to be told how an incident has changed."""
    worse = SEVERITIES.index(now.severity) > SEVERITIES.index(before.severity)
    return worse or not set(now.tactics) <= set(before.tactics)


def _as_critical(incident: Incident, least: str) -> bool:
    told = {str(e.facts.get("asset_criticality", "")) for e in incident.entities}
    return any(one in told for one in CRITICALITIES[CRITICALITIES.index(least) :])
