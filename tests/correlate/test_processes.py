from __future__ import annotations

import json

import polars as pl

from correlate.made import finding
from lynceus.correlate import incidents
from lynceus.correlate.processes import MOST, with_processes
from lynceus.records import EVENT_SCHEMAS, FINDING_SCHEMA, conform


def processes(*rows: tuple[str, str, str | None]) -> pl.DataFrame:
    told = [
        {"uid": uid, "process_name": name, "username": user, "hostname": "ws21"}
        for uid, name, user in rows
    ]
    return conform(pl.DataFrame(told), EVENT_SCHEMAS["process"])


def findings() -> pl.DataFrame:
    one = finding("beacon", "10.0.0.21", "203.0.113.80") | {"flow_uids": ["a", "b", "c"]}
    other = finding("beacon", "10.0.0.22", "203.0.113.80") | {"flow_uids": ["z"]}
    return conform(pl.DataFrame([one, other], schema_overrides=FINDING_SCHEMA), FINDING_SCHEMA)


def test_the_evidence_names_the_processes_the_most_frequent_first() -> None:
    told = processes(
        ("a", "x.exe", "eve"), ("b", "u.exe", "CORP\\eve"), ("c", "u.exe", "CORP\\eve")
    )
    known = with_processes(findings(), told)
    evidence = [json.loads(text) for text in known["evidence"]]
    assert evidence[0]["processes"] == ["u.exe of CORP\\eve on ws21", "x.exe of eve on ws21"]
    assert "processes" not in evidence[1]
    assert known.drop("evidence").equals(findings().drop("evidence"))


def test_only_the_first_ones_are_named() -> None:
    told = processes(*(("a", f"{n}.exe", None) for n in range(9)))
    evidence = json.loads(with_processes(findings(), told)["evidence"][0])
    assert len(evidence["processes"]) == MOST
    assert evidence["processes"][0] == "0.exe on ws21"


def test_the_incident_says_which_process_and_user() -> None:
    known = with_processes(findings(), processes(("a", "u.exe", "eve")))
    texts = [s.text for incident in incidents(known) for s in incident.sentences]
    assert "The endpoint says who held the connections: u.exe of eve on ws21." in texts


def test_without_processes_nothing_changes() -> None:
    assert with_processes(findings(), None).equals(findings())
    assert with_processes(findings(), processes(("other", "x", None))).equals(findings())
