"""Which findings become one story: lynceus.correlate.join and ends."""

from __future__ import annotations

import time
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from correlate.made import DAY, SECOND, facts, finding, frame, pasted_list
from lynceus.correlate import incidents
from lynceus.correlate.ends import addressed, with_ends
from lynceus.correlate.join import JoinConfig, stories

INSIDE = [f"10.0.0.{n}" for n in range(1, 100)]
OUTSIDE = [f"203.0.113.{n}" for n in range(1, 100)]


def groups(*rows: dict[str, Any], known: pl.DataFrame | None = None) -> set[frozenset[str]]:
    """Finding ids that were put together."""
    found = incidents(frame(*rows), facts=facts(INSIDE, OUTSIDE) if known is None else known)
    return {frozenset(f.id for f in incident.findings) for incident in found}


def test_scan_then_guessing_then_lateral_movement_from_one_host_is_one_incident() -> None:
    chain = [
        finding("vertical_scan", "10.0.0.5", "10.0.0.9", at_s=0),
        finding("brute_force", "10.0.0.5", "10.0.0.9", at_s=1_800, resp_p=22, service="ssh"),
        finding("lateral_movement", "10.0.0.5", "10.0.0.9", at_s=3_000, resp_p=445),
    ]
    assert len(groups(*chain)) == 1


def test_ten_neighbouring_windows_of_one_scan_are_one_incident() -> None:
    scan = [finding("vertical_scan", "10.0.0.5", "10.0.0.9", at_s=300 * n) for n in range(10)]
    assert len(groups(*scan)) == 1


def test_a_pause_longer_than_the_gap_parts_a_fast_phenomenon_and_joins_a_slow_one() -> None:
    scans = [finding("vertical_scan", "10.0.0.5", "10.0.0.9", at_s=s) for s in (0, 3_600 + 100)]
    assert len(groups(*scans)) == 2
    beacons = [finding("beacon", "10.0.0.5", "203.0.113.9", at_s=s) for s in (0, 80_000)]
    assert len(groups(*beacons)) == 1
    far = [finding("beacon", "10.0.0.5", "203.0.113.9", at_s=s) for s in (0, 90_000)]
    assert len(groups(*far)) == 2


def test_a_long_finding_holds_what_happens_within_it() -> None:
    long = finding("vertical_scan", "10.0.0.5", "10.0.0.9", at_s=0, lasts_s=50_000)
    early = finding("horizontal_scan", "10.0.0.5", at_s=100)
    late = finding("icmp_sweep", "10.0.0.5", at_s=49_000)
    assert len(groups(long, early, late)) == 1


def test_beacon_and_exfiltration_of_one_infected_host_are_one_incident() -> None:
    rows = [
        finding("beacon", "10.0.0.5", "203.0.113.9", at_s=0, lasts_s=3_600, resp_p=443),
        finding("exfiltration", "10.0.0.5", "203.0.113.77", at_s=20_000, resp_p=22),
    ]
    assert len(groups(*rows)) == 1


def test_a_shared_server_joins_nobody() -> None:
    resolver = "10.0.0.53"
    rows = [
        finding("dns_tunnel", "10.0.0.5", resolver, domain="a.example", resp_p=53),
        finding("dns_tunnel", "10.0.0.6", resolver, domain="b.example", resp_p=53),
        finding("beacon", "10.0.0.7", "203.0.113.9", resp_role="service", severity="low"),
        finding("beacon", "10.0.0.8", "203.0.113.9", resp_role="service", severity="low"),
    ]
    assert len(groups(*rows)) == 4


def test_hosts_of_one_controller_are_joined_only_by_a_serious_finding() -> None:
    def two(severity: str) -> list[dict[str, Any]]:
        return [
            finding("beacon", h, "203.0.113.9", resp_role="attacker", severity=severity)
            for h in ("10.0.0.7", "10.0.0.8")
        ]

    assert len(groups(*two("medium"))) == 1
    assert len(groups(*two("low"))) == 2


def test_lateral_movement_to_one_file_server_does_not_join_its_clients() -> None:
    rows = [finding("lateral_movement", h, "10.0.0.9", resp_p=445) for h in INSIDE[20:25]]
    assert len(groups(*rows)) == 5


def test_many_outside_attackers_of_one_service_are_one_incident_per_victim_and_service() -> None:
    rows = [
        finding("brute_force", a, "10.0.0.9", at_s=600 * n, resp_p=22, service="ssh")
        for n, a in enumerate(OUTSIDE[:30])
    ]
    rows += [
        finding("brute_force", a, "10.0.0.9", at_s=600 * n, resp_p=3389)
        for n, a in enumerate(OUTSIDE[30:60])
    ]
    rows += [
        finding("brute_force", a, "10.0.0.10", at_s=600 * n, resp_p=22)
        for n, a in enumerate(OUTSIDE[60:80])
    ]
    assert sorted(len(g) for g in groups(*rows)) == [20, 30, 30]


def test_sweeps_from_outside_without_a_victim_are_one_incident_per_service() -> None:
    rows = [finding("horizontal_scan", a, at_s=60 * n, resp_p=23) for n, a in enumerate(OUTSIDE)]
    rows += [finding("horizontal_scan", "198.51.100.7", at_s=60, resp_p=445)]
    known = facts(INSIDE, [*OUTSIDE, "198.51.100.7"])
    assert sorted(len(g) for g in groups(*rows, known=known)) == [1, len(OUTSIDE)]


def test_sweeps_by_inside_hosts_stay_apart() -> None:
    rows = [finding("horizontal_scan", h, resp_p=23) for h in INSIDE[:4]]
    assert len(groups(*rows)) == 4


def test_a_victim_taken_over_continues_the_story() -> None:
    attack = finding("brute_force", "10.0.0.5", "10.0.0.9", at_s=0, resp_p=22)
    after = finding("beacon", "10.0.0.9", "203.0.113.9", at_s=2_000)
    before = finding("beacon", "10.0.0.9", "203.0.113.9", at_s=-2_000, lasts_s=10)
    assert len(groups(attack, after)) == 1
    assert len(groups(attack, before)) == 2


def test_an_attempt_from_outside_is_drawn_into_what_the_server_does_only_by_success() -> None:
    after = finding("beacon", "10.0.0.9", "203.0.113.99", at_s=2_000)
    failed = finding("brute_force", "203.0.113.5", "10.0.0.9", resp_p=22, severity="medium")
    by_number = {**failed, "evidence": '{"logins_succeeded":1}'}
    by_technique = {**failed, "techniques": ["T1110.001", "T1078"]}
    none = {**failed, "evidence": '{"logins_succeeded":0}'}
    assert len(groups(failed, after)) == 2
    assert len(groups(none, after)) == 2
    assert len(groups(by_number, after)) == 1
    assert len(groups(by_technique, after)) == 1


def test_what_is_weak_or_ordinary_does_not_colour_the_story_of_an_attack() -> None:
    chain = [
        finding("vertical_scan", "10.0.0.5", "10.0.0.9", at_s=0),
        finding("beacon", "10.0.0.5", "203.0.113.1", at_s=5, severity="low", confidence=0.2),
        finding("beacon", "10.0.0.5", "203.0.113.2", at_s=9, severity="low", confidence=0.2),
        finding("long_connection", "10.0.0.5", "203.0.113.3", at_s=9, severity="info"),
        finding("long_connection", "10.0.0.5", "203.0.113.4", at_s=9, severity="info"),
    ]
    assert sorted(len(g) for g in groups(*chain)) == [1, 2, 2]


def test_the_same_tunnel_is_one_story_whoever_speaks_through_it() -> None:
    rows = [
        finding("dns_tunnel", h, None, domain=d, at_s=n)
        for n, (h, d) in enumerate(
            [("10.0.0.5", "t.example"), ("10.0.0.53", "t.example"), ("10.0.0.6", "u.example")]
        )
    ]
    assert sorted(len(g) for g in groups(*rows)) == [1, 2]


def test_what_a_flood_carries_is_part_of_its_story() -> None:
    victim, reflectors = "10.0.0.5", ["203.0.113.7", "203.0.113.8"]
    flood = finding("amplification", None, victim, tactic="impact", service="dns", at_s=60)
    carried = [
        finding("unlike_application", victim, reflector, tactic="command-and-control",
                orig_role="unknown", resp_role="unknown", service="dns", resp_p=53, lasts_s=3_000)
        for reflector in reflectors
    ]  # fmt: skip
    assert len(groups(flood, *carried)) == 1
    resolver = [row | {"orig_h": f"10.0.0.{n}"} for n, row in enumerate(carried, start=20)]
    assert len(groups(flood, *resolver)) == 3


def test_sites_are_never_joined() -> None:
    rows = [finding("vertical_scan", "10.0.0.5", "10.0.0.9", site=s) for s in ("a", "b")]
    assert len(groups(*rows)) == 2


def test_undated_findings_are_joined_by_conversation_only() -> None:
    rows, known = pasted_list()
    found = incidents(rows, facts=known)
    detectors = {frozenset(f.detector for f in i.findings) for i in found}
    assert detectors == {
        frozenset({"horizontal_scan", "brute_force"}),
        frozenset({"lateral_movement", "exfiltration"}),
        frozenset({"known_bad"}),
        frozenset({"unremarkable"}),
    }
    by_detector = {f.detector: i for i in found for f in i.findings}
    scan, tor = by_detector["horizontal_scan"], by_detector["known_bad"]
    assert scan.related == (tor.id,)
    assert tor.related == (scan.id,)


def test_undated_and_dated_findings_are_kept_apart() -> None:
    rows = [finding("vertical_scan", "10.0.0.5", "10.0.0.9", at_s=s) for s in (None, 0.0)]
    undated, dated = sorted(
        incidents(frame(*rows), facts=facts(INSIDE)), key=lambda i: i.first_seen is not None
    )
    assert undated.first_seen is None
    assert undated.last_seen is None
    assert dated.first_seen == "2024-05-01T00:00:00Z"


def test_every_unremarkable_row_keeps_its_own_assessment() -> None:
    row = finding("unremarkable", "10.0.0.5", "203.0.113.9", None, resp_p=443)
    found = incidents(frame(row, {**row, "evidence": '{"total_bytes":5}'}), facts=facts(INSIDE))
    assert len(found) == 2
    assert len({i.id for i in found}) == 2


def mixed() -> list[dict[str, Any]]:
    return [
        *(finding("vertical_scan", "10.0.0.5", "10.0.0.9", at_s=300 * n) for n in range(4)),
        *(finding("brute_force", a, "10.0.0.9", resp_p=22) for a in OUTSIDE[:5]),
        finding("beacon", "10.0.0.7", "203.0.113.50", at_s=100),
        finding("exfiltration", "10.0.0.7", "203.0.113.51", at_s=900),
        finding("known_bad", "10.0.0.7", "203.0.113.52", at_s=None),
        finding("flood", None, "10.0.0.9", at_s=50),
        finding("odd_printer", "10.0.0.8", "10.0.0.9", at_s=50),
    ]


@given(st.permutations(mixed()))
@settings(max_examples=12, deadline=None)
def test_the_order_of_findings_has_no_effect(rows: list[dict[str, Any]]) -> None:
    known = facts(INSIDE, OUTSIDE)
    expected = [i.model_dump_json() for i in incidents(frame(*mixed()), facts=known)]
    assert [i.model_dump_json() for i in incidents(frame(*rows), facts=known)] == expected


def test_every_finding_is_in_exactly_one_incident() -> None:
    ids = [f.id for i in incidents(frame(*mixed())) for f in i.findings]
    assert sorted(ids) == sorted(row["id"] for row in mixed())


def test_no_findings_no_incidents() -> None:
    assert incidents(frame()) == []


@pytest.mark.long
def test_ten_thousand_findings_take_seconds() -> None:
    rows = [
        finding(
            ("vertical_scan", "brute_force", "beacon", "horizontal_scan")[n % 4],
            f"10.1.{n % 200}.{n % 50}",
            f"203.0.{n % 90}.{n % 250}",
            at_s=n * 20,
            resp_p=n % 40,
        )
        for n in range(10_000)
    ]
    start = time.process_time()
    found = incidents(frame(*rows))
    assert time.process_time() - start < 30
    assert sum(len(i.findings) for i in found) == 10_000


def test_one_chain_of_ten_thousand_findings_is_one_story_in_little_time() -> None:
    rows = [
        finding("lateral_movement", f"10.{n}", f"10.{n + 1}", at_s=n * 10, orig_role="infected")
        for n in range(10_000)
    ]
    prepared = with_ends(frame(*rows), None)
    start = time.process_time()
    assert stories(prepared, JoinConfig()).n_unique() == 1
    assert time.process_time() - start < 10


def test_roles_are_set_right_by_where_the_ends_are() -> None:
    known = facts(["10.0.0.9"], ["203.0.113.5"])
    inbound = finding("known_bad", "203.0.113.5", "10.0.0.9", resp_role="infected")
    row = with_ends(frame(inbound), known).row(0, named=True)
    assert (row["orig_role"], row["resp_role"]) == ("attacker", "victim")
    to_all = finding("dhcp_scan", "10.0.0.9", "255.255.255.255")
    row = with_ends(frame(to_all), None).row(0, named=True)
    assert row["resp_role"] == "unknown"


def test_without_facts_only_private_addresses_are_inside() -> None:
    texts = pl.Series(["10.0.0.1", "8.8.8.8", "224.0.0.1", "fe80::1", "no address", "2a00::1"])
    assert addressed(texts)["inside"].to_list() == [True, False, None, True, None, False]


def test_facts_may_name_the_address_value() -> None:
    known = facts(["198.51.100.7"], ["10.0.0.9"]).rename({"address": "value"})
    row = with_ends(frame(finding("brute_force", "10.0.0.9", "198.51.100.7")), known)
    assert row["attempt"].to_list() == [True]


def test_times_are_taken_from_the_window_where_the_finding_has_none() -> None:
    row = {**finding("beacon", "10.0.0.5", at_s=0), "first_seen_ns": None, "last_seen_ns": None}
    [incident] = incidents(frame(row))
    assert incident.first_seen == "2024-05-01T00:00:00Z"
    assert with_ends(frame(row), None)["stop_ns"].to_list() == [DAY + 60 * SECOND]
