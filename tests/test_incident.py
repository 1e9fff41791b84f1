"""The incident: what it refuses, and that reading flows does not load it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from lynceus.incident import Entity, Sentence


def test_a_sentence_rests_on_findings() -> None:
    with pytest.raises(ValidationError):
        Sentence(text="Something happened.", findings=())


def test_an_incident_does_not_change_and_knows_its_fields() -> None:
    entity = Entity(id="192.0.2.1", role="victim", name=None)
    with pytest.raises(ValidationError):
        entity.role = "infected"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Entity(id="192.0.2.1", role="victim", name=None, mood="low")  # type: ignore[call-arg]


def test_reading_flows_loads_neither_models_nor_an_http_client() -> None:
    heavy = ("pydantic", "requests", "tldextract", "jinja2", "rich")
    program = (
        "import sys, lynceus.ingest, lynceus.enrich, lynceus.present.table;"
        f"print(*[m for m in {heavy} if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert told.stdout.strip() == ""
