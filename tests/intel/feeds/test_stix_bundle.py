"""`stix_bundle`: indicators, and what they point to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from intel.reading_feeds import entries, kinds, reasons
from lynceus.intel.web import FeedError

MALWARE = "malware--31b940d4-6f7f-459a-80ea-9c1f17b5891b"
INDICATOR = "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"


def indicator(pattern: str, number: int = 1, **more: object) -> dict[str, object]:
    return {
        "type": "indicator", "spec_version": "2.1", "id": INDICATOR[:-1] + str(number),
        "created": "2024-01-01T00:00:00.000Z", "modified": "2024-01-05T00:00:00.000Z",
        "pattern": pattern, "pattern_type": "stix", "valid_from": "2024-01-02T00:00:00Z", **more,
    }  # fmt: skip


def bundle(path: Path, *objects: object) -> Path:
    path.write_text(json.dumps({"type": "bundle", "id": "bundle--1", "objects": list(objects)}))
    return path


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("[ipv4-addr:value = '198.51.100.7']", [("address", "198.51.100.7")]),
        ("[ipv4-addr:value ISSUBSET '198.51.100.0/24']", [("address", "198.51.100.0/24")]),
        ("[ipv6-addr:value = '2a00:1450:bad::1']", [("address", "2a00:1450:bad::1")]),
        (
            "[domain-name:value = 'a.example' OR domain-name:value = 'b.example']",
            [("domain", "a.example"), ("domain", "b.example")],
        ),
        (
            "[domain-name:value IN ('a.example', 'b.example')]",
            [("domain", "a.example"), ("domain", "b.example")],
        ),
        (
            "[url:value = 'http://github.com/it\\'s AND more']",
            [("url", "github.com/it's AND more")],
        ),
        (
            "[x509-certificate:hashes.'SHA-256' = '" + "ab" * 32 + "']",
            [("certificate", "ab" * 32)],
        ),
        ("[network-traffic:dst_ref.value = '198.51.100.7']", [("address", "198.51.100.7")]),
        ("[network-traffic:extensions.'tls-ext'.ja3 = '" + "0" * 32 + "']", [("ja3", "0" * 32)]),
        ("[file:hashes.'SHA-256' = '" + "ab" * 32 + "']", []),
        ("[ipv4-addr:value != '198.51.100.7']", []),
        ("[ipv4-addr:value NOT = '198.51.100.7']", []),
        ("[domain-name:value = 'a.example' AND file:size = 1]", []),
        ("[ipv4-addr:value = '198.51.100.7'] FOLLOWEDBY [url:value = 'http://a.example']", []),
        ("[process:name = 'x.exe']", []),
    ],
)
def test_patterns(tmp_path: Path, pattern: str, found: list[tuple[str, str]]) -> None:
    got = entries("stix_bundle", bundle(tmp_path / "b.json", indicator(pattern)))
    assert kinds(got) == found
    assert bool(reasons(got)) == (not found)


def test_what_an_indicator_points_to(tmp_path: Path) -> None:
    relation = {"type": "relationship", "id": "relationship--1", "relationship_type": "indicates",
                "source_ref": INDICATOR[:-1] + "1"}  # fmt: skip
    technique = {
        "type": "attack-pattern", "id": "attack-pattern--1", "name": "Web Protocols",
        "external_references": [{"source_name": "mitre-attack", "external_id": "T1071.001"}],
    }  # fmt: skip
    path = bundle(
        tmp_path / "b.json",
        indicator(
            "[domain-name:value = 'a.example']", name="C2 name", confidence=1,
            valid_until="2024-02-01T00:00:00Z", indicator_types=["malicious-activity"],
            object_marking_refs=["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"],
        ),
        {"type": "malware", "id": MALWARE, "name": "Emotet"}, technique,
        {**relation, "target_ref": MALWARE},
        {**relation, "id": "relationship--2", "target_ref": "attack-pattern--1"},
        indicator("[domain-name:value = 'b.example']", 2, revoked=True),
        indicator("alert tcp any any", 3, pattern_type="suricata"),
        None, {"type": "indicator", "id": "indicator--x"},
    )  # fmt: skip
    found = entries("stix_bundle", path)
    one = found[0]
    assert (one.name, one.confidence, one.techniques) == ("Emotet", "0.0100", ("T1071.001",))
    assert one.tags == ("malicious-activity", "tlp:amber")
    assert (one.first_seen, one.last_seen) == ("2024-01-02T00:00:00Z", "2024-01-05T00:00:00.000Z")
    assert one.valid_until == "2024-02-01T00:00:00Z"
    assert [key for _, key in kinds(found)] == ["a.example"]
    assert list(reasons(found)) == [7, 8, 9]


@pytest.mark.parametrize("text", ["{", "[]", '{"type": "x"}', "<html>", "[" * 100_000])
def test_what_is_no_bundle_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(FeedError, match=r"^feed feed: .*line 1.*") as error:
        entries("stix_bundle", tmp_path / "b.json")
    assert "\n" not in str(error.value)
