"""How soon somebody should look: lynceus.correlate.urgency."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from correlate.made import DAY, facts, finding, frame
from lynceus.correlate import CorrelateConfig, UrgencyConfig, incidents
from lynceus.correlate.urgency import urgency_of
from lynceus.threat_level import Level, ThreatLevel, ThreatLevels

CALM = ThreatLevels()
WORK = UrgencyConfig(work=("mon-fri 08:00-18:00",), holidays=("2024-05-01",), zone="Europe/Berlin")
HOUR = 3_600 * 10**9
NOON = DAY + 10 * HOUR
"""Wednesday 2024-05-01, 12:00 in Berlin."""


def level(name: Level, day: int, until: int | None = None) -> ThreatLevel:
    start = datetime(2024, 5, day, tzinfo=UTC)
    end = datetime(2024, 5, until, tzinfo=UTC) if until else None
    return ThreatLevel(name, start, "a reason", "jana", end)


@pytest.mark.parametrize(
    ("score", "urgency"),
    [
        (45.0, "now"),
        (44.9, "today"),
        (25.0, "today"),
        (24.9, "week"),
        (10.0, "week"),
        (9.9, "note"),
    ],
)
def test_thresholds(score: float, urgency: str) -> None:
    assert urgency_of(score, "high", NOON, UrgencyConfig(), CALM)[0] == urgency


def test_what_needs_nothing_is_a_note_whatever_its_score() -> None:
    assert urgency_of(99.0, "info", NOON, UrgencyConfig(), CALM) == ("note", "nothing to act on")


@pytest.mark.parametrize(
    ("at_ns", "urgency"),
    [
        (NOON + 24 * HOUR, "today"),  # Thursday noon
        (NOON, "now"),  # a holiday
        (NOON + 32 * HOUR, "now"),  # Thursday, 20:00 in Berlin
        (NOON + 29 * HOUR + HOUR // 2, "today"),  # Thursday, 17:30 in Berlin: 15:30 UTC
        (NOON + 72 * HOUR, "now"),  # Saturday noon
        (None, "today"),  # without a time nothing is known of its hour
    ],
)
def test_what_happens_when_nobody_works_is_urgent_sooner(at_ns: int | None, urgency: str) -> None:
    assert urgency_of(41.0, "high", at_ns, WORK, CALM)[0] == urgency


def test_a_threat_level_moves_the_thresholds_in_its_time_alone() -> None:
    levels = ThreatLevels((level("elevated", 2), level("severe", 3, 4), level("normal", 6)))
    told = [
        urgency_of(36.0, "high", DAY + day * 24 * HOUR, UrgencyConfig(), levels)[0]
        for day in range(6)
    ]
    assert told == ["today", "today", "now", "today", "today", "today"]
    assert urgency_of(39.0, "high", NOON + 24 * HOUR, UrgencyConfig(), levels)[0] == "now"


def test_the_reason_says_what_moved_the_threshold() -> None:
    levels = ThreatLevels((level("severe", 1),))
    assert urgency_of(30.0, "high", NOON, WORK, levels) == (
        "now",
        "score 30.0, from 28 on (5 lower: outside working hours, 12 lower: threat level severe)",
    )
    assert urgency_of(3.0, "low", None, WORK, levels) == ("note", "score 3.0, under 10")


@pytest.mark.parametrize(
    "wrong",
    [{"now": 10.0}, {"week": 30.0}, {"work": ("mon 8-9",)}, {"holidays": ("1 May",)},
     {"zone": "Mars/Olympus"}, {"zone": "../etc"}],
)  # fmt: skip
def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"expected|zone|isoformat"):
        replace(UrgencyConfig(), **wrong)


def test_an_incident_is_as_urgent_as_its_last_time_makes_it() -> None:
    row = finding("exfiltration", "10.0.0.5", "203.0.113.9", severity="high", confidence=0.75)
    config = CorrelateConfig(urgency=WORK)
    [holiday] = incidents(frame(row), facts=facts(["10.0.0.5"]), config=config)
    [plain] = incidents(frame(row), facts=facts(["10.0.0.5"]))
    assert (plain.urgency, holiday.urgency) == ("today", "now")
    assert "outside working hours" in holiday.urgency_because
