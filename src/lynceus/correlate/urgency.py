"""How soon somebody should look: the score against thresholds that move with the hour, the
calendar and the threat level that a person has set.

The time that counts is that of the traffic, so the same input is always as urgent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lynceus.hours import Hours, holds
from lynceus.language import say
from lynceus.moments import NS
from lynceus.records import Severity, Urgency
from lynceus.threat_level import Level, ThreatLevels


@dataclass(frozen=True)
class UrgencyConfig:
    """From which score on something is urgent, and what moves that."""

    now: float = 45.0
    """From this score on somebody should look at once."""
    today: float = 25.0
    """From this score on the same day."""
    week: float = 10.0
    """From this score on within the week; below it is a note."""
    work: tuple[str, ...] = ()
    """When people work here, such as `mon-fri 08:00-18:00`; none: every hour counts the same."""
    holidays: tuple[str, ...] = ()
    """Days without work, such as `2026-12-25`."""
    zone: str = "UTC"
    """In which the hours and holidays are meant, such as `Europe/Berlin`."""
    off_work_lower: float = 5.0
    """So much lower are the thresholds for what happened when nobody works."""
    level_lower: Mapping[Level, float] = field(
        default_factory=lambda: {"normal": 0, "elevated": 6, "severe": 12}
    )
    """So much lower are they under a threat level."""

    def __post_init__(self) -> None:
        """Raises ValueError on hours, days or a zone that are none."""
        if not self.now >= self.today >= self.week:
            raise ValueError("now, today and week: expected each no higher than the one before")
        for day in self.holidays:
            date.fromisoformat(day)
        for hours in self.work:
            Hours.parse(hours)
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"zone {self.zone!r}: no such time zone") from None


def urgency_of(
    score: float, severity: Severity, at_ns: int | None, config: UrgencyConfig, levels: ThreatLevels
) -> tuple[Urgency, str]:
    """How urgent, and why in a line. `at_ns` is the last time of the incident, None without one."""
    if severity == "info":
        return "note", say("nothing to act on")
    lowered = {}
    if at_ns is not None:
        if config.work and not _at_work(at_ns, config):
            lowered[say("outside working hours")] = config.off_work_lower
        level = levels.at(at_ns)
        lowered[say("threat level {level}", level=level)] = config.level_lower.get(level, 0.0)
    by = sum(lowered.values())
    limits: dict[Urgency, float] = {
        "now": config.now, "today": config.today, "week": config.week, "note": 0.0,
    }  # fmt: skip
    urgency = next(name for name, limit in limits.items() if name == "note" or score >= limit - by)
    limit = max(0.0, (config.week if urgency == "note" else limits[urgency]) - by)
    form = "score {score}, under {limit}" if urgency == "note" else "score {score}, from {limit} on"
    told = say(form, score=f"{score:.1f}", limit=f"{limit:g}")
    why = [
        say("{points} lower: {reason}", points=f"{points:g}", reason=name)
        for name, points in lowered.items()
        if points
    ]
    return urgency, f"{told} ({', '.join(why)})" if why else told


def _at_work(at_ns: int, config: UrgencyConfig) -> bool:
    zone = ZoneInfo(config.zone)
    day = datetime.fromtimestamp(at_ns // NS, zone).date().isoformat()
    return day not in config.holidays and holds(
        [Hours.parse(text) for text in config.work], at_ns, zone
    )
