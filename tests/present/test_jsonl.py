"""Incidents and findings as JSON lines, and the schema they keep: lynceus.present.jsonl."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from correlate.made import facts, finding, frame, pasted_list
from lynceus.correlate import incidents
from lynceus.incident import Incident
from lynceus.present.jsonl import (
    incident_schema,
    print_incidents,
    write_findings,
    write_incidents,
)
from lynceus.records import FINDING_SCHEMA

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "docs" / "incident.schema.json"

REQUIRED = {
    *("id", "title", "severity", "confidence", "score", "entities", "techniques", "first_seen"),
    *("last_seen", "summary", "sentences", "recommended_actions", "queries", "findings"),
}
REQUIRED_OF_FINDING = {
    *("id", "detector", "orig_h", "resp_h", "service", "score", "confidence", "first_seen"),
    *("last_seen", "evidence", "flow_uids"),
}


def some() -> list[Incident]:
    rows, known = pasted_list()
    dated = [
        finding("beacon", "10.0.0.5", "203.0.113.9", domain="c2\x1b[31m\u2028.example"),
        finding("exfiltration", "10.0.0.5", "203.0.113.9", evidence={"orig_bytes": 5, "x": [1]}),
    ]
    return [*incidents(rows, facts=known), *incidents(frame(*dated), facts=facts(["10.0.0.5"]))]


def test_one_incident_is_one_line_that_is_read_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "incidents.jsonl"
    assert write_incidents(some(), path) == len(some())
    lines = path.read_bytes().split(b"\n")
    assert lines.pop() == b""
    assert [Incident.model_validate_json(line) for line in lines] == some()


def test_an_incident_has_what_readers_are_promised() -> None:
    stream = io.StringIO()
    print_incidents(some(), stream)
    for line in stream.getvalue().splitlines():
        incident = json.loads(line)
        assert set(incident) >= REQUIRED
        assert all(set(f) >= REQUIRED_OF_FINDING for f in incident["findings"])
        assert all(isinstance(f["evidence"], dict) for f in incident["findings"])
        assert all(set(e) >= {"id", "role"} for e in incident["entities"])
        assert all(s["text"] and s["findings"] for s in incident["sentences"])
        assert incident["first_seen"] is None or incident["first_seen"].endswith("Z")


def test_control_characters_never_reach_the_stream() -> None:
    stream = io.StringIO()
    print_incidents(some(), stream)
    assert "\x1b" not in stream.getvalue()
    assert len(stream.getvalue().splitlines()) == len(some())


def test_findings_are_written_with_open_evidence_and_times(tmp_path: Path) -> None:
    rows = frame(
        finding("beacon", "10.0.0.5", at_s=1.5, evidence={"beats": 12}),
        finding("beacon", "10.0.0.6", at_s=None),
        {**finding("odd", "10.0.0.7"), "evidence": '{"x": NaN}'},
        {**finding("odd", "10.0.0.8"), "evidence": "no json"},
    )
    path = tmp_path / "findings.jsonl"
    assert write_findings(rows, path) == 4
    dated, undated, odd, broken = map(json.loads, path.read_text().splitlines())
    assert set(dated) == {*FINDING_SCHEMA, "first_seen", "last_seen"}
    assert dated["evidence"] == {"beats": 12}
    assert dated["first_seen"] == "2024-05-01T00:00:01.500000Z"
    assert undated["first_seen"] is None
    assert odd["evidence"] == {"x": None}
    assert broken["evidence"] == {"unreadable": "no json"}


def test_a_broken_write_leaves_no_half_file(tmp_path: Path) -> None:
    def failing() -> object:
        yield some()[0]
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_incidents(failing(), tmp_path / "incidents.jsonl")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_the_published_schema_is_fresh() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == incident_schema(), (
        "docs/incident.schema.json is stale: write lynceus.present.jsonl.incident_schema() into it"
    )


def test_incidents_keep_the_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(incident_schema()))
    for incident in some():
        validator.validate(json.loads(incident.model_dump_json()))
    broken = json.loads(some()[0].model_dump_json()) | {"severity": "apocalyptic"}
    assert not validator.is_valid(broken)


def test_the_schema_names_its_version_and_refuses_unknown_fields() -> None:
    schema = json.loads(incident_schema())
    assert schema["$id"] == "urn:lynceus:incident:1"
    assert schema["properties"]["schema_version"]["const"] == 1
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) >= REQUIRED
