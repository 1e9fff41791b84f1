"""What comes first, against numbers computed by hand: lynceus.correlate.priority."""

from __future__ import annotations

import json
import math
from typing import Any

import polars as pl
import pytest

from correlate.made import facts, finding, frame
from lynceus.correlate import CorrelateConfig, PriorityConfig, incidents
from lynceus.correlate.ends import with_ends
from lynceus.correlate.priority import concerned, criticality
from lynceus.correlate.story import Found, Story
from lynceus.incident import Incident

A, B, C = "10.0.0.5", "10.0.0.9", "10.0.0.10"
OUT, OUT2 = "203.0.113.5", "203.0.113.6"
SCAN = finding("horizontal_scan", A)


def known(**of: dict[str, Any]) -> pl.DataFrame:
    """Facts about the hosts: `a`, `b`, `c` name those inside."""
    more = {{"a": A, "b": B, "c": C}[name]: told for name, told in of.items()}
    strings = facts([A, B, C], [OUT, OUT2], **more)
    numbers = {
        name: [more.get(one, {}).get(name) for one in strings["address"]]
        for name in ("user_risk", "user_privileged", "worst_cvss", "asset_stale_days")
    }
    return strings.with_columns(
        pl.Series("asset_stale_days", numbers["asset_stale_days"], dtype=pl.Int64),
        pl.Series("user_risk", numbers["user_risk"], dtype=pl.Float64),
        pl.Series("user_privileged", numbers["user_privileged"], dtype=pl.Boolean),
        pl.Series("worst_cvss", numbers["worst_cvss"], dtype=pl.Float64),
    )


def only(*rows: dict[str, Any], **options: Any) -> Incident:
    [incident] = incidents(frame(*rows), **{"facts": known(), **options})
    return incident


def test_the_score_is_the_sum_of_its_parts() -> None:
    row = finding("horizontal_scan", A, severity="high", score=0.5, confidence=0.5)
    incident = only({**row, "evidence": '{"hosts":8}'})
    # 42 for high, 8 * 0.5, 1 for a host no list knows, 0.6 * log2(8) for the hosts;
    # of 48.8 points 0.6 * (1 - 0.5) are doubt
    assert incident.score_parts == {
        "severity": 42.0,
        "strength": 4.0,
        "progress": 0.0,
        "asset": 1.0,
        "user": 0.0,
        "exposure": 0.0,
        "intel": 0.0,
        "novelty": 0.0,
        "spread": 1.8,
        "doubt": -14.6,
    }
    assert incident.score == 34.2
    assert incident.score_unknown == ("asset", "user")


def test_the_weights_that_ship_add_up_to_a_hundred() -> None:
    config = PriorityConfig()
    most = (
        *(config.severity_points["critical"], config.strength_points, config.steps_points_most),
        *(config.asset_points["critical"], config.user_points, config.exposure_points),
        *(config.intel_points, config.novelty_points, config.spread_points_most),
    )
    assert sum(most) == 100


@pytest.mark.parametrize("confidence", [0.0, 0.31, 0.777, 1.0])
def test_the_parts_always_add_up(confidence: float) -> None:
    incident = only(finding("exfiltration", A, OUT, confidence=confidence))
    assert incident.score == pytest.approx(sum(incident.score_parts.values()), abs=0.051)
    assert 0 <= incident.score <= 100


def test_each_step_after_the_first_counts() -> None:
    scan = finding("vertical_scan", A, B, at_s=0)
    guess = finding("brute_force", A, B, at_s=600, severity="medium")
    move = finding("lateral_movement", A, B, at_s=900, severity="high")
    assert only(scan).score_parts["progress"] == 0.0
    assert only(scan, guess).score_parts["progress"] == 4.0
    assert only(scan, guess, move).score_parts["progress"] == 8.0


@pytest.mark.parametrize(
    ("said", "points"), [("critical", 8), ("HIGH", 5), ("3", 5), ("low", 0), ("?", 1)]
)
def test_a_critical_asset_counts(said: str, points: float) -> None:
    told = known(b={"asset_criticality": said})
    incident = only(finding("lateral_movement", A, B), facts=told)
    assert incident.score_parts["asset"] == points
    assert ("asset" in incident.score_unknown) == (said == "?")


def test_a_source_that_was_not_read_for_long_counts_for_less() -> None:
    told = known(b={"asset_criticality": "critical", "asset_stale_days": 40})
    assert only(finding("lateral_movement", A, B), facts=told).score_parts["asset"] == 4.0


def test_the_criticality_of_a_host_outside_is_not_ours_to_fear_for() -> None:
    told = facts([A], [OUT], **{OUT: {"asset_criticality": "critical"}})
    assert only(finding("beacon", A, OUT), facts=told).score_parts["asset"] == 1.0


def test_criticality_words_and_numbers() -> None:
    words = [criticality(v) for v in (None, 1, 2.0, "3", "Critical")]
    assert words == ["", "low", "medium", "high", "critical"]


def test_a_privileged_user_is_a_risk_of_his_own() -> None:
    def user(**told: Any) -> float:
        return only(SCAN, facts=known(a=told)).score_parts["user"]

    assert user(user_risk=0.4) == 2.0
    assert user(user_privileged=True) == 3.5
    assert user(user_risk=0.9, user_privileged=True) == 4.5
    assert user(user_risk=0.1, user_privileged=False) == 0.5
    assert only(SCAN, facts=known(a={"user_risk": 0.0})).score_unknown == ("asset",)


def test_exposure_is_the_way_in_or_a_known_weakness() -> None:
    inward = finding("brute_force", OUT, B, resp_p=22)
    let_in = {**inward, "techniques": ["T1110", "T1078"]}
    outward = finding("beacon", A, OUT)
    inner = finding("lateral_movement", A, B)
    shares = [only(row).score_parts["exposure"] for row in (inward, let_in, outward, inner)]
    assert shares == [0.0, 5.0, 2.0, 0.0]
    weak = known(b={"worst_cvss": 9.8})
    assert only(inner, facts=weak).score_parts["exposure"] == 4.9


def test_a_met_indicator_and_what_is_new_count_by_their_confidence() -> None:
    met = finding("known_bad", A, OUT, confidence=0.6)
    assert only(met).score_parts["intel"] == 3.0
    new = finding("first_seen", A, OUT, confidence=0.5)
    assert only(new).score_parts["novelty"] == 1.5
    assert only(new).score_parts["intel"] == 0.0


def test_spread_counts_hosts_that_are_named_or_counted() -> None:
    rows = [finding("brute_force", A, h) for h in (B, C)]
    assert only(*rows).score_parts["spread"] == 0.6 * math.log2(2)
    row = {**SCAN, "evidence": json.dumps({"hosts": 127})}
    found = [Found.of(one) for one in with_ends(frame(row), None).to_dicts()]
    assert concerned(Story("default", tuple(found), {})) == 127


def test_weights_can_be_tuned() -> None:
    tuned = PriorityConfig(doubt=0.0, strength_points=0.0, asset_points={})
    row = finding("horizontal_scan", A, severity="high", confidence=0.1)
    assert only(row, config=CorrelateConfig(priority=tuned)).score == 42.0
