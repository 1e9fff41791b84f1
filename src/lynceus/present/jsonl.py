"""Incidents and findings as JSON, one object a line, and the schema that the incidents keep."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

import polars as pl

from lynceus.incident import Incident
from lynceus.moments import rfc3339

_UNSEEN = re.compile(r"[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""What JSON leaves as it is though some readers end a line there, and terminals obey it."""


def _one_line(text: str) -> str:
    if text.isascii() and "\x7f" not in text:  # most lines
        return text
    return _UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def incident_line(incident: Incident) -> str:
    """One incident as one line of JSON, without the line's end.

    Control and format characters stand in it as escapes, whoever reads it.
    """
    return _one_line(incident.model_dump_json())


def print_incidents(incidents: Iterable[Incident], stream: TextIO) -> None:
    """Writes incidents to an open text stream."""
    for incident in incidents:
        stream.write(incident_line(incident) + "\n")


def write_incidents(incidents: Iterable[Incident], path: Path) -> int:
    """Writes incidents to a file, whole or not at all; gives their number."""
    return _write((incident_line(incident) for incident in incidents), path)


def write_findings(findings: pl.DataFrame, path: Path, hidden: pl.DataFrame | None = None) -> int:
    """Writes findings to a file, whole or not at all; gives their number.

    Times are RFC 3339 in UTC beside the nanoseconds; the evidence is an object. What is `hidden`
    stands among them with `suppressed_by`, which the others have not.
    """
    if hidden is not None and hidden.height:
        findings = pl.concat([findings, hidden], how="diagonal").sort(
            "window_start_ns", "detector", "id"
        )
    as_json = json.JSONEncoder(ensure_ascii=False).encode
    rows = (as_json(_opened(row)) for row in findings.iter_rows(named=True))
    return _write(map(_one_line, rows), path)


def _opened(row: dict[str, Any]) -> dict[str, Any]:
    try:
        evidence = json.loads(row["evidence"] or "{}", parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        evidence = {"unreadable": row["evidence"]}
    if row.get("suppressed_by") is None:
        row.pop("suppressed_by", None)
    return {
        **row,
        "evidence": evidence,
        "first_seen": rfc3339(row["first_seen_ns"]),
        "last_seen": rfc3339(row["last_seen_ns"]),
    }


def _write(lines: Iterable[str], path: Path) -> int:
    part = path.with_name(f".{path.name}.part")
    count = 0
    try:
        with part.open("w", encoding="utf-8", newline="\n") as stream:
            for line in lines:
                stream.write(line + "\n")
                count += 1
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count


def incident_schema() -> str:
    """The JSON Schema of an incident, as `docs/incident.schema.json` holds it."""
    version = Incident.model_fields["schema_version"].default
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:lynceus:incident:{version}",
        **Incident.model_json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
