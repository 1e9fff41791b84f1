"""Own incidents for others: `told`, `stix_export`, `misp_export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import stix2

from intel.reading_feeds import entries, kinds
from lynceus.incident import Entity, FindingRecord, Incident, Sentence
from lynceus.intel.misp_export import misp_events
from lynceus.intel.stix_export import ExportError, stix_bundle
from lynceus.intel.told import accused


def incident(**more: Any) -> Incident:
    finding = FindingRecord(
        id="f1", detector="known_bad", orig_h="10.0.0.7", resp_h="93.184.216.34", service=None,
        severity="high", score=0.9, confidence=0.8, because="x", first_seen=None, last_seen=None,
        evidence={"indicator_name": "Emotet"}, flows_total=3, flow_uids=("u",),
    )  # fmt: skip
    given: dict[str, Any] = {
        "id": "i1", "site": "s", "title": "Contact with a bad place", "severity": "high",
        "confidence": 0.8, "score": 50.0, "techniques": ("T1071", "T9999"), "summary": "It's bad.",
        "entities": (
            Entity(id="10.0.0.7", role="infected", facts={"inside": True}),
            Entity(id="93.184.216.34", role="attacker"),
            Entity(id="2a00:1450:bad::1", role="attacker"),
            Entity(id="bad.example", role="domain"),
            Entity(id="192.168.0.9", role="attacker"),
            Entity(id="10.0.0.9", role="attacker", facts={"inside": True}),
        ),
        "first_seen": "2024-01-05T10:00:00Z", "last_seen": "2024-01-05T11:00:00.123456Z",
        "sentences": (Sentence(text="x", findings=("f1",)),), "recommended_actions": (),
        "queries": {}, "findings": (finding,),
    }  # fmt: skip
    return Incident(**{**given, **more})


def test_only_places_outside_are_told() -> None:
    assert [one.value for one in accused(incident())] == [
        "93.184.216.34", "2a00:1450:bad::1", "bad.example",
    ]  # fmt: skip


def test_a_bundle_that_the_library_and_our_own_feed_read(tmp_path: Path) -> None:
    text = stix_bundle([incident(), incident(id="i2", first_seen=None, last_seen=None)], "amber")
    assert text == stix_bundle(
        [incident(), incident(id="i2", first_seen=None, last_seen=None)], "amber"
    )
    objects = stix2.parse(text).objects
    kinds_of = [one.type for one in objects]
    counts = {
        "indicator": 6, "sighting": 6, "relationship": 12, "report": 2, "observed-data": 6,
        "attack-pattern": 2, "identity": 1,
    }  # fmt: skip
    assert {kind: kinds_of.count(kind) for kind in counts} == counts
    ids = {one.id for one in objects}
    for one in objects:
        if one.type == "relationship":
            assert {one.source_ref, one.target_ref} <= ids
        if one.type in ("indicator", "report", "sighting"):
            assert [str(m) for m in one.object_marking_refs] == [stix2.TLP_AMBER.id]
    assert "10.0.0." not in text
    (tmp_path / "b.json").write_text(text)
    assert ("domain", "bad.example") in kinds(entries("stix_bundle", tmp_path / "b.json"))


def test_without_the_library_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr("lynceus.intel.stix_export.import_module", absent)
    with pytest.raises(ExportError, match=r"install lynceus\[stix\]"):
        stix_bundle([incident()], "clear")


MISP_ATTRIBUTE = {
    "type": "object",
    "required": ["uuid", "type", "category", "to_ids", "distribution", "timestamp", "value"],
    "properties": {
        "uuid": {"type": "string", "pattern": "^[0-9a-f-]{36}$"},
        "type": {"enum": ["ip-dst", "domain", "text"]},
        "category": {"enum": ["Network activity", "Other"]},
        "to_ids": {"type": "boolean"},
        "timestamp": {"type": "string", "pattern": "^[0-9]+$"},
    },
}
MISP_EVENT = {
    "type": "object",
    "required": ["uuid", "info", "date", "threat_level_id", "analysis", "distribution",
                 "timestamp", "published", "Attribute"],
    "properties": {
        "uuid": {"type": "string", "pattern": "^[0-9a-f-]{36}$"},
        "date": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "threat_level_id": {"enum": ["1", "2", "3", "4"]},
        "analysis": {"enum": ["0", "1", "2"]},
        "Attribute": {"type": "array", "items": MISP_ATTRIBUTE},
        "Tag": {"type": "array", "items": {"type": "object", "required": ["name"]}},
    },
}  # fmt: skip
"""What draft-dulaunoy-misp-core-format asks of an event and an attribute."""


def test_an_event_of_misp_that_our_own_feed_reads(tmp_path: Path) -> None:
    text = misp_events([incident()], "red")
    event = json.loads(text)["response"][0]["Event"]
    jsonschema.validate(event, MISP_EVENT)
    assert next(tag["name"] for tag in event["Tag"]) == "tlp:red"
    assert 'misp-galaxy:mitre-attack-pattern="Application Layer Protocol - T1071"' in text.replace(
        "\\", ""
    )
    (tmp_path / "e.json").write_text(text)
    assert [key for _, key in kinds(entries("misp_event", tmp_path / "e.json"))] == [
        "93.184.216.34", "2a00:1450:bad::1", "bad.example",
    ]  # fmt: skip
