"""Own incidents as STIX 2.1: what was seen of whom, what it means, and how far it may be told.

Needs the library stix2 (`lynceus[stix]`), which checks every object against the specification.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from lynceus.attack import TECHNIQUES
from lynceus.incident import Incident
from lynceus.intel.told import Accused, Tlp, accused, identity

UNDATED = "1970-01-01T00:00:00Z"
"""Stands for the time of an incident whose input has no date."""
_OBJECTS = {"ipv4": "IPv4Address", "ipv6": "IPv6Address", "domain": "DomainName"}
_PATHS = {"ipv4": "ipv4-addr", "ipv6": "ipv6-addr", "domain": "domain-name"}


class ExportError(RuntimeError):
    """An export that cannot be made; the text says what is missing."""


def stix_bundle(incidents: Sequence[Incident], tlp: Tlp) -> str:
    """A bundle: per incident its techniques, indicators, relations, sightings, and a report of all.

    Equal incidents give equal bytes. Raises `ExportError` without the library.
    """
    try:
        stix2: Any = import_module("stix2")
    except ImportError:
        raise ExportError("STIX needs the package stix2: install lynceus[stix]") from None
    mark = {
        "clear": stix2.TLP_WHITE, "green": stix2.TLP_GREEN,
        "amber": stix2.TLP_AMBER, "red": stix2.TLP_RED,
    }[tlp]  # fmt: skip
    source = stix2.Identity(
        id=f"identity--{identity('lynceus')}", name="Lynceus", identity_class="system",
        created=UNDATED, modified=UNDATED,
    )  # fmt: skip
    objects: dict[str, Any] = {mark.id: mark, source.id: source}
    for incident in incidents:
        for one in _Told(stix2, incident, source.id, mark.id).objects():
            objects.setdefault(one.id, one)
    bundle = stix2.Bundle(
        objects=list(objects.values()),
        id=f"bundle--{identity('bundle', tlp, *(i.id for i in incidents))}",
        allow_custom=False,
    )
    return str(bundle.serialize(pretty=True))


class _Told:
    """The objects of one incident."""

    def __init__(self, stix2: Any, incident: Incident, source: str, mark: str) -> None:
        self._stix2, self._incident = stix2, incident
        self._first = incident.first_seen or UNDATED
        self._last = max(incident.last_seen or UNDATED, self._first)
        self._common = {
            "created_by_ref": source, "object_marking_refs": [mark],
            "created": self._first, "modified": self._last,
        }  # fmt: skip

    def objects(self) -> list[Any]:
        techniques = [self._technique(one) for one in self._incident.techniques]
        found: list[Any] = list(techniques)
        for one in accused(self._incident):
            thing = getattr(self._stix2, _OBJECTS[one.kind])(value=one.value)
            indicator = self._indicator(one)
            seen = self._seen(one, thing.id)
            found += [thing, indicator, seen, self._sighting(indicator.id, seen.id)]
            found += [self._relation(indicator.id, technique.id) for technique in techniques]
        return [*found, self._report([one.id for one in found])] if found else []

    def _id(self, of: str, *parts: str) -> str:
        return f"{of}--{identity(of, self._incident.id, *parts)}"

    def _technique(self, technique: str) -> Any:
        known = TECHNIQUES.get(technique)
        return self._stix2.AttackPattern(
            id=f"attack-pattern--{identity('attack-pattern', technique)}",
            name=known.name if known else technique,
            created=UNDATED,
            modified=UNDATED,
            external_references=[{"source_name": "mitre-attack", "external_id": technique}],
        )

    def _indicator(self, one: Accused) -> Any:
        value = one.value.replace("\\", "\\\\").replace("'", "\\'")
        return self._stix2.Indicator(
            id=self._id("indicator", one.value),
            name=self._incident.title,
            description=self._incident.summary,
            pattern=f"[{_PATHS[one.kind]}:value = '{value}']",
            pattern_type="stix",
            valid_from=self._first,
            confidence=round(self._incident.confidence * 100),
            indicator_types=["malicious-activity"],
            **self._common,
        )

    def _seen(self, one: Accused, thing: str) -> Any:
        count = sum(f.flows_total for f in self._incident.findings) or 1
        return self._stix2.ObservedData(
            id=self._id("observed-data", one.value),
            first_observed=self._first,
            last_observed=self._last,
            number_observed=min(count, 999_999_999),
            object_refs=[thing],
            **self._common,
        )

    def _sighting(self, indicator: str, seen: str) -> Any:
        return self._stix2.Sighting(
            id=self._id("sighting", indicator),
            sighting_of_ref=indicator,
            observed_data_refs=[seen],
            first_seen=self._first,
            last_seen=self._last,
            count=1,
            **self._common,
        )

    def _relation(self, indicator: str, technique: str) -> Any:
        return self._stix2.Relationship(
            id=self._id("relationship", indicator, technique),
            relationship_type="indicates",
            source_ref=indicator,
            target_ref=technique,
            **self._common,
        )

    def _report(self, refs: list[str]) -> Any:
        return self._stix2.Report(
            id=self._id("report"),
            name=self._incident.title,
            description=self._incident.summary,
            report_types=["threat-report"],
            published=self._last,
            object_refs=refs,
            **self._common,
        )
