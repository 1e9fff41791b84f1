"""What is hidden, until when, in every detector and in what is stored; never silently."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lynceus import analyze, detect
from lynceus.lab import generate
from lynceus.present import jsonl
from lynceus.records import FINDING_SCHEMA
from lynceus.suppress import (
    SUPPRESSED_BY,
    Suppression,
    SuppressionError,
    Suppressions,
    entry,
    nothing_hidden,
    without,
)

DAY = 1_700_000_000
"""A second of 2023-11-14, 22:13:20 UTC."""


def findings(*rows: dict[str, Any]) -> pl.DataFrame:
    plain = {
        "id": "f", "detector": "beacon", "site": "default", "orig_h": "10.0.0.5",
        "resp_h": "203.0.113.9", "resp_p": 443, "proto": "tcp", "domain": "cdn.example.com",
        "first_seen_ns": (DAY - 60) * 10**9, "last_seen_ns": DAY * 10**9,
    }  # fmt: skip
    return pl.DataFrame([plain | row for row in rows], schema=FINDING_SCHEMA)


def hides(row: dict[str, Any] | None = None, **named: Any) -> bool:
    made = Suppression.of({"why": "test", **named})
    told, hidden = Suppressions([made]).parted(findings(row or {}))
    assert told.height + hidden.height == 1
    assert hidden[SUPPRESSED_BY].to_list() == [made.id] * hidden.height
    return hidden.height == 1


@pytest.mark.parametrize(
    ("named", "hidden"),
    [
        ({"entity": "10.0.0.5"}, True),
        ({"entity": "203.0.113.9"}, True),
        ({"entity": "10.0.0.50"}, False),
        ({"entity": "example.com"}, True),
        ({"entity": "CDN.Example.com."}, True),
        ({"entity": "ple.com"}, False),
        ({"network": "10.0.0.77/24"}, True),
        ({"network": "203.0.113.0/28"}, True),
        ({"network": "192.0.2.0/24"}, False),
        ({"network": "2001:db8::/32"}, False),
        ({"service": "https"}, True),
        ({"service": "443/tcp"}, True),
        ({"service": 443}, True),
        ({"service": "443/udp"}, False),
        ({"service": "ssh"}, False),
        ({"detector": "beacon"}, True),
        ({"detector": "flood"}, False),
        ({"entity": "10.0.0.5", "detector": "flood"}, False),
        ({"entity": "10.0.0.5", "service": "https", "detector": "beacon"}, True),
        ({"detector": "beacon", "until": "2023-11-14"}, True),
        ({"detector": "beacon", "until": "2023-11-13"}, False),
        ({"detector": "beacon", "until": "2023-11-14T22:13:21"}, True),
        ({"detector": "beacon", "until": "2023-11-14T22:13:20Z"}, False),
        ({"detector": "beacon", "until": datetime(2023, 11, 14, 22, 14, tzinfo=UTC)}, True),
    ],
)
def test_what_a_suppression_hides(named: dict[str, Any], hidden: bool) -> None:
    assert hides(**named) is hidden


def test_what_a_finding_does_not_know_is_not_hidden() -> None:
    nobody = {"orig_h": None, "resp_h": None, "domain": None, "resp_p": None, "proto": None}
    for named in ({"entity": "10.0.0.5"}, {"network": "0.0.0.0/0"}, {"service": "443"}):
        assert not hides(nobody, **named)
    undated = {"first_seen_ns": None, "last_seen_ns": None}
    assert not hides(undated, detector="beacon", until="2099-01-01")
    assert hides(undated, detector="beacon")
    assert hides({"orig_h": "AA:BB:CC:DD:EE:FF"}, entity="aa:bb:cc:dd:ee:ff")
    assert hides({"orig_h": "2001:db8::1"}, network="2001:db8::/32")


@pytest.mark.parametrize("name", sorted(detect.load()))
def test_it_holds_for_every_detector(name: str) -> None:
    for named in ({"entity": "10.0.0.5"}, {"network": "10.0.0.0/8"}, {"detector": name}):
        assert hides({"detector": name}, **named)


def test_the_first_that_matches_hides_and_all_is_told() -> None:
    first = Suppression.of({"why": "the scanner", "entity": "10.0.0.5", "until": "2024-01-01"})
    second = Suppression.of({"why": "noise", "detector": "beacon"})
    both = Suppressions([first, second])
    rows = findings({"id": "a"}, {"id": "b", "orig_h": "10.0.0.6"}, {"id": "c", "detector": "flood",
                    "orig_h": "10.0.0.6"}, {"id": "d", "detector": "flood"})  # fmt: skip
    told, hidden = both.parted(rows)
    assert told["id"].to_list() == ["c"]
    assert dict(hidden.select("id", SUPPRESSED_BY).iter_rows()) == {
        "a": first.id, "b": second.id, "d": first.id,
    }  # fmt: skip
    assert both.told(hidden) == [
        "3 findings hidden by 2 suppressions",
        f"2 by {first.told()}",
        f"1 by {second.told()}",
    ]
    assert "entity 10.0.0.5, until 2024-01-01 23:59 UTC (the scanner)" in first.told()
    assert both.by_id(rows)["b"] == second.told()
    assert both.told(nothing_hidden()) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"entity": "a"}, "'why' is missing"),
        ({"why": " ", "entity": "a"}, "'why' is missing|expected a printable text"),
        ({"why": "x"}, "at least one of entity, network"),
        ({"why": "x", "entitty": "a"}, "did you mean 'entity'"),
        ({"why": "x", "zzz": "a"}, "expected why, entity"),
        ({"why": "x", "network": "10.0.0.0/99"}, "expected a network such as"),
        ({"why": "x", "entity": "10.0.0.0/8"}, "a network is 'network'"),
        ({"why": "x", "entity": 5}, "expected a printable text"),
        ({"why": "x", "entity": "a\x1b[0m"}, "expected a printable text"),
        ({"why": "x", "detector": "beacn"}, "did you mean 'beacon'"),
        ({"why": "x", "detector": "beacon", "until": "soon"}, "expected a day"),
        ({"why": "x", "detector": "beacon", "until": 2024}, "expected a day"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(SuppressionError, match=said):
        Suppression.of(given, detect.load())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = ", "not TOML"),
        ("[suppress]\nwhy = 'x'\n", r"expected tables \[\[suppress\]\]"),
        ("[[supress]]\nwhy = 'x'\n", "'supress': expected nothing but"),
        ("[[suppress]]\nwhy = 'x'\n", "suppression 1: expected at least one"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "list.toml"
    path.write_text(text)
    with pytest.raises(SuppressionError, match=said) as told:
        Suppressions.load(path)
    assert str(path) in str(told.value)
    with pytest.raises(SuppressionError, match="cannot be read"):
        Suppressions.load(tmp_path / "none")


def test_what_is_written_is_read_and_one_is_taken_out(tmp_path: Path) -> None:
    made = [
        Suppression.of({"why": 'a "quoted" why', "entity": "10.0.0.5", "until": "2024-01-01"}),
        Suppression.of({"why": "b", "network": "10.0.0.0/8", "service": "443/tcp"}),
        Suppression.of({"why": "c", "detector": "beacon"}),
    ]
    path = tmp_path / "list.toml"
    text = "# Ours\n" + "\n".join(map(entry, made))
    path.write_text(text)
    assert Suppressions.load(path).all == tuple(made)
    path.write_text(without(text, 1))
    assert Suppressions.load(path).all == (made[0], made[2])
    assert path.read_text().startswith("# Ours\n")


def test_an_analysis_hides_counts_and_keeps(tmp_path: Path) -> None:
    lab = generate("vertical_scan", 3, tmp_path, scale=0.05, attack=["vertical_scan", "arp_scan"])
    plain = analyze(lab.captures[0], models=())
    quiet = Suppression.of({"why": "pen test", "detector": "vertical_scan"})
    path = tmp_path / "list.toml"
    path.write_text(entry(quiet))
    analysis = analyze(lab.captures[0], suppress=path, models=())
    assert analysis.hidden["id"].to_list() == [
        *plain.findings.filter(pl.col("detector") == "vertical_scan")["id"]
    ]
    assert analysis.findings.equals(plain.findings.filter(pl.col("detector") != "vertical_scan"))
    told = {f.detector for i in analysis.incidents for f in i.findings}
    assert "arp_scan" in told and "vertical_scan" not in told
    assert analysis.told[-2:] == ("1 finding hidden by 1 suppression", f"1 by {quiet.told()}")
    jsonl.write_findings(analysis.findings, tmp_path / "findings.jsonl", analysis.hidden)
    rows = [json.loads(line) for line in (tmp_path / "findings.jsonl").read_text().splitlines()]
    assert {r["detector"]: r.get("suppressed_by") for r in rows} == {
        "vertical_scan": quiet.id, "arp_scan": None,
    }  # fmt: skip
    assert all("suppressed_by" not in r for r in rows if r["detector"] == "arp_scan")
