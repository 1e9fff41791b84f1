"""`attack_class`: many flows that a model names as one family."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lynceus.detect.attack_class import KNOWN, AttackClass
from lynceus.engine import Engine
from lynceus.learn.families import FAMILIES
from lynceus.records import SEVERITIES, Batch
from lynceus.testing import flow, flows

REASONS = json.dumps(
    {
        "model": "attack_family-1",
        "class": "scan",
        "strongest": [
            {"name": "orig_packets_per_s", "unit": "packets per second", "value": 812.4,
             "low": 0.4, "high": 30.0, "adds": 2.1},
            {"name": "proto_tcp", "unit": "0 or 1", "value": 1.0, "low": None, "high": None,
             "adds": 0.3},
        ],
        "nearest": [
            {"label": "Portscan", "dataset": "cicids2017", "distance": 0.1},
            {"label": "reconnaissance", "dataset": "unsw_nb15", "distance": 0.2},
        ],
    }
)  # fmt: skip


def judged(count: int, family: str = "scan", **columns: Any) -> list[dict[str, Any]]:
    """Flows of one host to a few others that a model is sure of."""
    usual = {
        "orig_h": "10.0.0.66",
        "attack_family_class": family,
        "attack_family_probability": 0.98,
        "attack_family_confidence": 1.0,
        "attack_family_alerts": True,
        "attack_family_reasons": None,
    }
    return [
        flow(float(n), **{**usual, "resp_h": f"10.0.1.{n % 4}", **columns}) for n in range(count)
    ]


def findings_of(rows: list[dict[str, Any]], **settings: Any) -> list[dict[str, Any]]:
    engine = Engine({"attack_class": AttackClass(**settings)})
    engine.advance(Batch(flows(rows)))
    told = engine.finish().to_dicts()
    assert not engine.failed
    return told


def test_many_flows_of_one_family_accuse_the_host_and_say_why() -> None:
    rows = judged(40)
    rows[7] |= {"attack_family_reasons": REASONS, "attack_family_probability": 0.995}
    (finding,) = findings_of(rows)
    assert (finding["orig_h"], finding["resp_h"]) == ("10.0.0.66", None)
    assert (finding["severity"], finding["tactic"]) == ("medium", "discovery")
    assert finding["techniques"] == ["T1046"]
    assert finding["because"] == (
        "40 connections of 10.0.0.66 to 4 hosts look like scanning (98 % probable on average): "
        "originator's packets a second 812 (usually 0.4 to 30); proto tcp 1. "
        "The nearest known examples: Portscan of cicids2017, reconnaissance of unsw_nb15."
    )
    evidence = json.loads(finding["evidence"])
    assert evidence["family"] == "scan" and evidence["flows"] == 40
    assert finding["flows_total"] == 40


def test_of_one_target_the_target_is_named() -> None:
    (finding,) = findings_of(judged(30, "brute_force_ssh", resp_h="10.0.1.9", resp_p=22))
    assert (finding["resp_h"], finding["resp_p"]) == ("10.0.1.9", 22)
    assert "password guessing over SSH" in finding["because"]


def test_a_distributed_attack_is_about_its_victim() -> None:
    rows = [
        row | {"orig_h": f"198.51.100.{n % 20}", "resp_h": "10.0.0.80"}
        for n, row in enumerate(judged(60, "ddos"))
    ]
    (finding,) = findings_of(rows)
    assert (finding["orig_h"], finding["resp_h"]) == (None, "10.0.0.80")
    assert (finding["resp_role"], finding["severity"]) == ("victim", "high")
    assert "of 10.0.0.80 from 20 hosts" in finding["because"]


@pytest.mark.parametrize(
    "rows",
    [
        judged(19),
        judged(500, attack_family_alerts=False),
        judged(500, attack_family_alerts=None, attack_family_class=None),
        [row | {"orig_h": f"10.0.{n}.1"} for n, row in enumerate(judged(100))],
        [flow(float(n)) for n in range(200)],
    ],
    ids=["few", "in the shadow", "not judged", "one each", "no model"],
)
def test_what_says_nothing(rows: list[dict[str, Any]]) -> None:
    assert not findings_of(rows)


def test_two_families_of_a_host_are_two_findings() -> None:
    told = findings_of([*judged(40), *judged(40, "botnet")])
    assert {json.loads(f["evidence"])["family"] for f in told} == {"scan", "botnet"}
    assert len({f["id"] for f in told}) == 2


def test_the_families_it_knows_are_those_that_are_learned() -> None:
    assert set(KNOWN) <= set(FAMILIES)
    assert {known[1] for known in KNOWN.values()} <= set(SEVERITIES)
