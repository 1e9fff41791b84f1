"""`channels/ocsf.py`: events as the schema has them, and the file of lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from lynceus.notify.channel import Unavailable
from lynceus.notify.channels.ocsf import Ocsf, finding
from lynceus.notify.notice import KINDS
from notify.made import hostile, notice


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_is_a_detection_finding(kind: str) -> None:
    events = pytest.importorskip("py_ocsf_models.events.findings.detection_finding")
    for told in (notice(kind), notice(kind, hostile())):  # type: ignore[arg-type]
        event = finding(told)
        events.DetectionFinding.model_validate(event)
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
        assert event["metadata"]["uid"] == told.key


def test_an_incident_keeps_its_id_and_changes_its_activity() -> None:
    told = [finding(notice(kind)) for kind in ("open", "update", "acknowledge", "resolve")]
    assert len({event["finding_info"]["uid"] for event in told}) == 1
    assert [event["activity_name"] for event in told] == ["Create", "Update", "Update", "Close"]
    assert [event["status"] for event in told] == ["New", "New", "In Progress", "Resolved"]


def test_lines_are_added_to_a_file(tmp_path: Path) -> None:
    made = Ocsf(name="lake", path=tmp_path / "alerts.jsonl")
    made.tell(notice(), {})
    made.tell(notice("resolve"), {})
    lines = (tmp_path / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["activity_id"] for line in lines] == [1, 3]
    with pytest.raises(Unavailable, match="cannot be written"):
        Ocsf(name="lake", path=tmp_path / "no" / "where").tell(notice(), {})


def test_either_an_address_or_a_file(tmp_path: Path) -> None:
    for wrong in ({}, {"url": "https://a.example", "path": tmp_path / "x"}):
        with pytest.raises(ValidationError, match="expected either url or path"):
            Ocsf.model_validate({"name": "lake", **wrong})
