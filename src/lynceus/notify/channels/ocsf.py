"""OCSF: Detection Findings (class 2004) as JSON, to an HTTP collector or into a file of lines.

Source: schema.ocsf.io, version 1.6.0, class `detection_finding`.
"""

from __future__ import annotations

import json
import os
from typing import Any, ClassVar

from pydantic import model_validator

from lynceus.attack import TECHNIQUES, technique_name
from lynceus.notify.channel import OutFile, Unavailable
from lynceus.notify.flat import address, milliseconds
from lynceus.notify.notice import Notice, Said
from lynceus.notify.service import HttpChannel
from lynceus.secret import Secret
from lynceus.shown import shown

VERSION = "1.6.0"
CATEGORY, CLASS = 2, 2004
CREATE, UPDATE, CLOSE = 1, 2, 3
ACTIVITY = {CREATE: "Create", UPDATE: "Update", CLOSE: "Close"}
STATUS = {"acknowledge": (2, "In Progress"), "resolve": (4, "Resolved")}
SEVERITY = {"info": 1, "low": 2, "medium": 3, "high": 4, "critical": 5}
NAMES = {1: "Informational", 2: "Low", 3: "Medium", 4: "High", 5: "Critical"}
IP_ADDRESS, HOSTNAME = 2, 1


class Ocsf(HttpChannel):
    """A collector of OCSF events, or a file that one reads."""

    for_people: ClassVar[bool] = False
    most: int = 0
    url: str | Secret = ""
    path: OutFile | None = None
    """A file to add lines to, instead of `url`."""
    token: Secret | None = None
    """Sent as a bearer token."""

    @model_validator(mode="after")
    def _somewhere(self) -> Ocsf:
        if bool(self.url) == bool(self.path):
            raise ValueError("expected either url or path")
        return self

    def headers(self) -> dict[str, str]:
        """The token, where there is one."""
        return {"Authorization": f"Bearer {self.token.reveal()}"} if self.token else {}

    def send(self, notice: Notice) -> Said:
        """One event."""
        if self.path is None:
            return Said(self.ask("POST", body=[finding(notice)]).told)
        line = json.dumps(finding(notice), ensure_ascii=False) + "\n"
        try:
            with self.path.open("ab") as file:
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Unavailable(f"{self.path}: cannot be written: {error.strerror}") from None
        return Said(f"a line of {len(line)} characters written")


def finding(notice: Notice) -> dict[str, Any]:
    """A message as an event of class Detection Finding."""
    one = notice.incident
    activity = {"open": CREATE, "digest": CREATE, "test": CREATE, "resolve": CLOSE}.get(
        notice.kind, UPDATE
    )
    status = STATUS.get(notice.kind, (1, "New"))
    severity = SEVERITY[notice.severity]
    confidence = round(one.confidence * 100) if one else None
    told: dict[str, Any] = {
        "activity_id": activity,
        "activity_name": ACTIVITY[activity],
        "category_uid": CATEGORY,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Detection Finding",
        "type_uid": CLASS * 100 + activity,
        "type_name": f"Detection Finding: {ACTIVITY[activity]}",
        "time": notice.at_ns // 1_000_000,
        "start_time": milliseconds(one.first_seen) if one else None,
        "end_time": milliseconds(one.last_seen) if one else None,
        "severity_id": severity,
        "severity": NAMES[severity],
        "status_id": status[0],
        "status": status[1],
        "confidence_score": confidence,
        "risk_score": round(notice.score),
        "message": notice.line,
        "comment": shown(notice.why) or None,
        "is_alert": notice.kind in ("open", "update", "escalate", "digest"),
        "metadata": {
            "version": VERSION,
            "uid": notice.key,
            "product": {"name": "Lynceus", "vendor_name": "Lynceus"},
            "log_provider": shown(notice.site),
        },
        "finding_info": {
            "uid": notice.id,
            "title": notice.title,
            "desc": " ".join(notice.paragraphs) or notice.title,
            "types": sorted({f.detector for f in one.findings}) if one else [],
            "first_seen_time": milliseconds(one.first_seen) if one else None,
            "last_seen_time": milliseconds(one.last_seen) if one else None,
            "attacks": [_attack(t) for t in one.techniques] if one else [],
        },
        "observables": _observables(notice),
        "remediation": {"desc": " ".join(notice.actions)} if notice.actions else None,
    }
    told["finding_info"] = {k: v for k, v in told["finding_info"].items() if v not in (None, [])}
    return {name: value for name, value in told.items() if value not in (None, [])}


def _attack(technique: str) -> dict[str, Any]:
    told: dict[str, Any] = {"version": "17.1", "technique": {"uid": technique}}
    if name := technique_name(technique):
        told["technique"]["name"] = name
    if known := TECHNIQUES.get(technique):
        told["tactic"] = {"name": known.tactic.replace("-", " ").title()}
    return told


def _observables(notice: Notice) -> list[dict[str, Any]]:
    ids = dict.fromkeys(e.id for one in notice.incidents for e in one.entities)
    return [
        {"name": "entity", "type_id": IP_ADDRESS, "type": "IP Address", "value": known}
        if (known := address(id_))
        else {"name": "entity", "type_id": HOSTNAME, "type": "Hostname", "value": shown(id_)}
        for id_ in ids
    ]
