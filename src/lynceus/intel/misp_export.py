"""Own incidents as MISP events in the core format, one event an incident."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from lynceus.attack import TECHNIQUES
from lynceus.incident import Incident
from lynceus.intel.told import Tlp, accused, identity

LEVELS = {"critical": "1", "high": "1", "medium": "2", "low": "3", "info": "4"}
"""Severity as MISP's threat level: high, medium, low, undefined."""
_TYPES = {"ipv4": "ip-dst", "ipv6": "ip-dst", "domain": "domain"}
_COMPLETE, _OWN_ORGANISATION = "2", "0"


def misp_events(incidents: Sequence[Incident], tlp: Tlp) -> str:
    """A list of events as JSON. Equal incidents give equal bytes."""
    events = [{"Event": _event(incident, tlp)} for incident in incidents]
    return json.dumps({"response": events}, ensure_ascii=False, indent=1)


def _event(incident: Incident, tlp: Tlp) -> dict[str, Any]:
    at = _unix(incident.last_seen)
    return {
        "uuid": identity("event", incident.id),
        "info": incident.title,
        "date": (incident.first_seen or "1970-01-01")[:10],
        "timestamp": at,
        "threat_level_id": LEVELS[incident.severity],
        "analysis": _COMPLETE,
        "distribution": _OWN_ORGANISATION,
        "published": False,
        "Tag": [{"name": name} for name in (f"tlp:{tlp}", *map(_galaxy, incident.techniques))],
        "Attribute": [
            {
                "uuid": identity("attribute", incident.id, one.value),
                "type": _TYPES[one.kind],
                "category": "Network activity",
                "value": one.value,
                "to_ids": True,
                "distribution": "5",
                "timestamp": at,
                "comment": incident.title,
                **_times(incident),
            }
            for one in accused(incident)
        ]
        + [
            {
                "uuid": identity("attribute", incident.id, "summary"),
                "type": "text",
                "category": "Other",
                "value": incident.summary,
                "to_ids": False,
                "distribution": "5",
                "timestamp": at,
                "comment": "",
            }
        ],
    }


def _galaxy(technique: str) -> str:
    known = TECHNIQUES.get(technique)
    name = f"{known.name} - {technique}" if known else technique
    return f'misp-galaxy:mitre-attack-pattern="{name}"'


def _times(incident: Incident) -> dict[str, str]:
    given = {"first_seen": incident.first_seen, "last_seen": incident.last_seen}
    return {name: at for name, at in given.items() if at}


def _unix(at: str | None) -> str:
    return str(int(datetime.fromisoformat(at).timestamp())) if at else "0"
