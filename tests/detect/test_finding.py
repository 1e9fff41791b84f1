"""Findings from what a detector says: constants, evidence, ids, and the flows behind them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl
import pytest

from detect.traffic import findings_of, flows, session
from lynceus.detect.dns_tunnel import DnsTunnel
from lynceus.detect.finding import UIDS, dressed, with_flows
from lynceus.features.window import Table
from lynceus.protocols import Key
from lynceus.records import FINDING_SCHEMA, Severity

HOUR_NS = 3600 * 10**9
START_NS = 1_704_096_000 * 10**9
KEYS = {"site": "default", "window_start_ns": START_NS, "window_end_ns": START_NS + HOUR_NS}


@dataclass(frozen=True)
class Odd:
    """Says what it is given; only its constants matter here."""

    reads: ClassVar[tuple[Table, ...]] = ()
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 3
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "discovery"
    techniques: ClassVar[tuple[str, ...]] = ("T1046", "T1018")

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """The first table as it is."""
        return tables[0]


def said(*rows: dict[str, Any], name: str = "odd", detector: Odd | None = None) -> pl.DataFrame:
    usual = {**KEYS, "orig_h": "10.0.0.9", "score": 0.5, "because": "It is odd."}
    frame = pl.DataFrame([{**usual, **row} for row in rows], infer_schema_length=None)
    return dressed(name, detector or Odd(), frame)


def identity(**columns: Any) -> str:
    """The text whose hash is the id, by the documented order of columns."""
    order = ("detector", "version", "site", "orig_h", "resp_h", "resp_p", "proto", "service",
             "domain", "tactic", "window_start_ns", "window_end_ns")  # fmt: skip
    text = "|".join(str(columns.get(name, "-")) for name in order)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def test_constants_fill_what_the_detector_does_not_say() -> None:
    row = said({}).row(0, named=True)
    assert (row["detector"], row["version"], row["severity"]) == ("odd", 3, "medium")
    assert (row["tactic"], row["techniques"]) == ("discovery", ["T1046", "T1018"])
    assert (row["confidence"], row["evidence"], row["resp_h"]) == (0.7, "{}", None)


def test_a_constant_stands_in_for_null_alone() -> None:
    told: list[dict[str, Any]] = [
        {"resp_h": "10.0.0.1", "severity": "high", "techniques": ["T1595"], "confidence": 0.2},
        {"resp_h": "10.0.0.2", "severity": None, "techniques": None, "confidence": None},
    ]
    first, second = said(*told).sort("resp_h").iter_rows(named=True)
    assert (first["severity"], first["techniques"], first["confidence"]) == ("high", ["T1595"], 0.2)
    assert (second["severity"], second["confidence"]) == ("medium", 0.7)
    assert second["techniques"] == ["T1046", "T1018"]


def test_an_id_is_the_hash_of_detector_version_entity_and_window() -> None:
    row = said({"resp_h": "10.0.0.1", "resp_p": 22, "proto": "tcp"}).row(0, named=True)
    entity = {"orig_h": "10.0.0.9", "resp_h": "10.0.0.1", "resp_p": 22, "proto": "tcp"}
    known = {"detector": "odd", "version": 3, "tactic": "discovery", **KEYS, **entity}
    assert row["id"] == identity(**known)


@pytest.mark.parametrize(
    "other",
    [
        {"orig_h": "10.0.0.8"},
        {"resp_h": "10.0.0.1"},
        {"resp_p": 23},
        {"proto": "udp"},
        {"service": "ssh"},
        {"domain": "example.com"},
        {"site": "branch"},
        {"tactic": "impact"},
        {"window_start_ns": START_NS - HOUR_NS},
        {"window_end_ns": START_NS + 2 * HOUR_NS},
        {"window_start_ns": None, "window_end_ns": None},
    ],
    ids="-".join,
)
def test_another_identity_is_another_id(other: dict[str, Any]) -> None:
    assert said(other)["id"][0] != said({})["id"][0]


def test_neither_strength_nor_words_nor_evidence_are_identity() -> None:
    loud = {"score": 0.9, "confidence": 0.9, "because": "Oddly odd.", "severity": "high", "n": 7}
    assert said(loud)["id"][0] == said({})["id"][0]
    assert said({}, name="even")["id"][0] != said({})["id"][0]


def test_of_two_claims_under_one_identity_the_stronger_stays() -> None:
    for rows in (({"score": 0.3}, {"score": 0.6}), ({"score": 0.6}, {"score": 0.3})):
        assert said(*rows)["score"].to_list() == [0.6]
    even = said({"because": "b"}, {"because": "a"})
    assert even["because"].to_list() == ["a"]


def test_scores_are_rounded_to_a_millionth_and_kept_within_bounds() -> None:
    row = said({"score": 1 / 3, "confidence": 2 / 3, "ratio": 1 / 7, "parts": [1 / 3, 2.0]})
    assert (row["score"][0], row["confidence"][0]) == (0.333333, 0.666667)
    assert json.loads(row["evidence"][0]) == {"ratio": 0.142857, "parts": [0.333333, 2.0]}
    wild = said({"resp_h": "a", "score": 7.0, "confidence": -1.0})
    assert (wild["score"][0], wild["confidence"][0]) == (1.0, 0.0)


def test_columns_that_are_none_of_a_finding_become_evidence() -> None:
    row = said({"hosts": 3, "sample": ["a", "b"], "worst": None, "all": True})
    assert json.loads(row["evidence"][0]) == {
        "hosts": 3, "sample": ["a", "b"], "worst": None, "all": True
    }  # fmt: skip
    assert row.schema == FINDING_SCHEMA


def test_nothing_said_is_an_empty_frame_of_the_schema() -> None:
    empty = dressed("odd", Odd(), pl.DataFrame())
    assert (empty.height, empty.schema) == (0, FINDING_SCHEMA)


def traffic(count: int, **columns: Any) -> list[dict[str, Any]]:
    return [session("10.0.0.9", "10.0.0.1", 22, n / 10, **columns) for n in range(count)]


def test_the_flows_behind_a_finding_agree_with_what_it_names_and_its_window() -> None:
    rows = [
        *traffic(3),
        session("10.0.0.9", "10.0.0.1", 23, 5.0),
        session("10.0.0.9", "10.0.0.2", 22, 5.0),
        session("10.0.0.8", "10.0.0.1", 22, 5.0),
        session("10.0.0.9", "10.0.0.1", 22, 5.0, site="branch"),
        session("10.0.0.9", "10.0.0.1", 22, 3599.5),
    ]
    known = flows(rows)
    findings = said(
        {"resp_h": "10.0.0.1", "resp_p": 22, "proto": "tcp"},
        {"resp_h": "10.0.0.1"},
        {},
        {"orig_h": None, "resp_p": 22},
    )
    joined = with_flows(findings, known)
    totals = {
        (row["orig_h"], row["resp_h"], row["resp_p"]): (row["flows_total"], row["flow_uids"])
        for row in joined.iter_rows(named=True)
    }
    assert totals["10.0.0.9", "10.0.0.1", 22] == (3, sorted(known["uid"][:3].to_list()))
    assert totals["10.0.0.9", "10.0.0.1", None][0] == 4
    assert totals["10.0.0.9", None, None][0] == 5
    assert totals[None, None, 22][0] == 5


def test_each_window_has_its_own_flows_however_wide_and_wherever_it_begins() -> None:
    known = flows([session("10.0.0.9", "10.0.0.1", 22, 60.0 * n) for n in range(180)])
    minute = 60 * 10**9
    windows = [(0, 5), (5, 10), (0, 60), (60, 120), (7, 12), (0, 1440)]
    findings = said(
        *(
            {"window_start_ns": START_NS + a * minute, "window_end_ns": START_NS + b * minute}
            for a, b in windows
        )
    )
    joined = with_flows(findings, known)
    totals = {
        ((row["window_start_ns"] - START_NS) // minute, row["flows_total"])
        for row in joined.iter_rows(named=True)
    }
    assert totals == {(0, 5), (5, 5), (0, 60), (60, 60), (7, 5), (0, 180)}


def test_a_finding_of_a_whole_site_has_all_its_flows() -> None:
    known = flows([*traffic(3), session("10.0.0.8", "10.0.0.1", 22, 5.0, site="branch")])
    (row,) = with_flows(said({"orig_h": None}), known).iter_rows(named=True)
    assert row["flows_total"] == 3


def test_a_hundred_flows_are_named_and_all_are_counted() -> None:
    known = flows(traffic(250))
    (row,) = with_flows(said({"resp_h": "10.0.0.1"}), known).iter_rows(named=True)
    assert (row["flows_total"], len(row["flow_uids"])) == (250, UIDS)
    assert row["flow_uids"] == sorted(known["uid"].to_list())[:UIDS]


def test_a_finding_without_flows_says_zero() -> None:
    (row,) = with_flows(said({"orig_h": "10.9.9.9"}), flows(traffic(3))).iter_rows(named=True)
    assert (row["flows_total"], row["flow_uids"]) == (0, [])


def test_a_finding_without_date_has_the_flows_without_date() -> None:
    undated = {"orig_h": "10.0.0.9", "resp_h": "10.0.0.1", "resp_p": 22, "proto": "tcp"}
    known = flows([undated, *traffic(2)])
    bare = said({"window_start_ns": None, "window_end_ns": None, "resp_h": "10.0.0.1"})
    (row,) = with_flows(bare, known).iter_rows(named=True)
    assert (row["flows_total"], row["flow_uids"]) == (1, [known["uid"][0]])


def test_flows_that_a_detector_names_keep_the_total_it_tells() -> None:
    uids = [f"u{n:03d}" for n in range(150)]
    told = said(
        {"resp_h": "a", "flow_uids": uids, "flows_total": 4_000},
        {"resp_h": "b", "flow_uids": uids, "flows_total": None},
    )
    first, second = with_flows(told, flows(traffic(3))).sort("resp_h").iter_rows(named=True)
    assert (first["flows_total"], first["flow_uids"]) == (4_000, uids[:UIDS])
    assert (second["flows_total"], second["flow_uids"]) == (150, uids[:UIDS])


def test_the_total_of_a_tunnel_is_that_of_its_flows_and_not_of_those_it_names() -> None:
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    rows = [
        {
            "orig_h": "10.0.0.9",
            "resp_h": "10.0.0.2",
            "resp_p": 53,
            "query": "".join(alphabet[(n * 7 + k * (n + 3)) % 32] for k in range(40))
            + f"{n}.tunnel.example",
            "qtype": "TXT",
            "at_s": n / 2,
            "uid": f"d{n // 2:05d}",
        }
        for n in range(1_400)
    ]
    (finding,) = findings_of(DnsTunnel(), dns=rows)
    assert (finding["evidence"]["queries"], finding["flows_total"]) == (1_400, 700)
    assert len(finding["flow_uids"]) == UIDS
