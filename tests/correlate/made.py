"""Findings made by hand, as detectors would say them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from lynceus.records import FINDING_SCHEMA

SECOND = 1_000_000_000
DAY = 1_714_521_600 * SECOND
"""2024-05-01 00:00:00 UTC in nanoseconds."""

TACTIC = {
    "vertical_scan": ("discovery", "T1046", "attacker", "victim", "medium"),
    "horizontal_scan": ("discovery", "T1046", "attacker", "unknown", "medium"),
    "brute_force": ("credential-access", "T1110", "attacker", "victim", "high"),
    "lateral_movement": ("lateral-movement", "T1021.002", "attacker", "victim", "high"),
    "beacon": ("command-and-control", "T1071.001", "infected", "server", "medium"),
    "long_connection": ("command-and-control", "T1071", "infected", "server", "low"),
    "exfiltration": ("exfiltration", "T1048", "infected", "server", "high"),
    "dns_tunnel": ("command-and-control", "T1071.004", "infected", "server", "high"),
    "known_bad": ("command-and-control", "T1090.003", "infected", "server", "medium"),
    "flood": ("impact", "T1498.001", "attacker", "victim", "high"),
    "arp_scan": ("discovery", "T1018", "attacker", "unknown", "medium"),
    "unremarkable": ("", "", "user", "server", "info"),
}
"""Of each detector: tactic, technique, roles of the two ends, severity."""


def finding(
    detector: str,
    orig_h: str | None,
    resp_h: str | None = None,
    at_s: float | None = 0.0,
    lasts_s: float = 60.0,
    evidence: dict[str, Any] | None = None,
    **columns: Any,
) -> dict[str, Any]:
    """One row of a findings frame; `at_s` counts from `DAY`, None is undated."""
    tactic, technique, orig_role, resp_role, severity = TACTIC.get(
        detector, ("discovery", "T1046", "attacker", "victim", "medium")
    )
    start = None if at_s is None else DAY + int(at_s * SECOND)
    stop = None if start is None else start + int(lasts_s * SECOND)
    port = columns.get("resp_p")
    return {
        "id": f"{detector[:6]}-{orig_h}-{resp_h}-{port}-{at_s}-{columns.get('site')}",
        "detector": detector,
        "version": 1,
        "site": "default",
        "window_start_ns": start,
        "window_end_ns": stop,
        "orig_h": orig_h,
        "resp_h": resp_h,
        "proto": "tcp",
        "orig_role": orig_role,
        "resp_role": resp_role,
        "severity": severity,
        "score": 0.8,
        "confidence": 0.8,
        "techniques": [technique] if technique else [],
        "tactic": tactic or None,
        "because": f"{orig_h} did what {detector} is about to {resp_h}.",
        "evidence": json.dumps(evidence or {}),
        "first_seen_ns": start,
        "last_seen_ns": stop,
        "flows_total": 3,
        "flow_uids": ["C1", "C2", "C3"],
        **columns,
    }


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows as a findings frame."""
    return pl.DataFrame(list(rows), schema=FINDING_SCHEMA)


def facts(inside: Sequence[str], outside: Sequence[str] = (), **more: Any) -> pl.DataFrame:
    """Facts about addresses: which are inside, and by address in `more` what else."""
    rows = [
        {
            "address": address,
            "inside": address in inside,
            "class": "private",
            **more.get(address, {}),
        }
        for address in (*inside, *outside)
    ]
    columns = (
        "network",
        "network_kind",
        "asset",
        "asset_owner",
        "asset_criticality",
        "asset_role",
    )
    schema = {"address": pl.String, "inside": pl.Boolean, "class": pl.String}
    base = {**schema, **dict.fromkeys(columns, pl.String)}
    others = {name: None for row in rows for name in row if name not in base}
    return pl.DataFrame(rows, schema={**base, **others}, infer_schema_length=None)


def pasted_list() -> tuple[pl.DataFrame, pl.DataFrame]:
    """What detectors say of a pasted list of four flows without times, and the facts."""
    rows = frame(
        finding(
            "known_bad", "192.168.1.45", "185.220.101.47", None, resp_p=443,
            because="192.168.1.45 exchanged 2.3 MB with 185.220.101.47, a known Tor exit.",
            evidence={"total_bytes": 2_300_000, "total_packets": 1847}, confidence=0.7,
        ),
        finding(
            "unremarkable", "10.0.5.23", "172.217.14.206", None, resp_p=443,
            because="456 KB in 192 s to 172.217.14.206, a network of Google.",
            evidence={"total_bytes": 456_000, "duration_s": 192}, score=0.0, confidence=0.9,
        ),
        finding(
            "horizontal_scan", "192.168.1.45", None, None, resp_p=22, severity="high",
            because="192.168.1.45 tried 127 hosts on port 22.",
            evidence={"hosts": 127, "total_packets": 2341},
        ),
        finding(
            "brute_force", "192.168.1.45", None, None, resp_p=22, severity="high",
            because="192.168.1.45 sent 2341 packets of 1.4 bytes each to port 22 of 127 hosts.",
            evidence={"hosts": 127, "total_packets": 2341},
        ),
        finding(
            "lateral_movement", "10.0.5.67", "10.0.5.89", None, resp_p=445,
            because="10.0.5.67 moved 8.9 GB with 10.0.5.89 by SMB in 4 m 45 s.",
            evidence={"total_bytes": 8_900_000_000, "duration_s": 285},
        ),
        finding(
            "exfiltration", "10.0.5.67", "10.0.5.89", None, resp_p=None,
            because="10.0.5.67 moved 8.9 GB with 10.0.5.89.",
            evidence={"total_bytes": 8_900_000_000},
        ),
    )  # fmt: skip
    known = facts(
        ["192.168.1.45", "10.0.5.23", "10.0.5.67", "10.0.5.89"],
        ["185.220.101.47", "172.217.14.206"],
        **{
            "185.220.101.47": {"network": "tor-exit", "network_kind": "tor_exit"},
            "172.217.14.206": {"network": "google", "network_kind": "cloud"},
        },
    )
    return rows, known
