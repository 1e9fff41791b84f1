"""A notice as a document of the Elastic Common Schema. Source: ECS 8.17 field reference."""

from __future__ import annotations

from typing import Any

from lynceus.attack import technique_name
from lynceus.notify.flat import PERCENT, STATUS, address, flat
from lynceus.notify.notice import Notice
from lynceus.shown import shown

VERSION = "8.17.0"
OF_ATTACK = "MITRE ATT&CK"


def ecs(notice: Notice) -> dict[str, Any]:
    """The document; what is not known is left out."""
    one, finding = notice.incident, notice.finding
    told: dict[str, Any] = {
        "@timestamp": notice.at,
        "ecs": {"version": VERSION},
        "message": notice.line,
        "event": {
            "id": notice.key,
            "kind": "alert" if notice.kind in ("open", "update", "escalate") else "event",
            "category": ["network", "intrusion_detection"],
            "type": ["info"],
            "module": "lynceus",
            "dataset": "lynceus.incident",
            "action": notice.kind,
            "severity": PERCENT[notice.severity],
            "risk_score": round(notice.score, 1),
            "reason": " ".join(notice.paragraphs) or None,
            "start": one and one.first_seen,
            "end": one and one.last_seen,
        },
        "observer": {"vendor": "Lynceus", "product": "Lynceus", "type": "ids", "name": notice.site},
        "rule": {"name": finding.detector, "ruleset": "lynceus"} if finding else None,
        "threat": _threat(one.techniques, one.tactics) if one else None,
        "related": {"ip": _addresses(notice), "hosts": _names(notice)} if one else None,
        "user": {"name": shown(notice.said_by)} if notice.said_by else None,
        "labels": {"incident": notice.id, "severity": notice.severity, "kind": notice.kind},
        "lynceus": {
            "incident": {
                "id": notice.id,
                "title": notice.title,
                "severity": notice.severity,
                "confidence": one and one.confidence,
                "status": STATUS.get(notice.kind, "open"),
                "actions": list(notice.actions) or None,
                "incidents": notice.total,
            }
        },
    }
    if finding:
        known = flat(notice)
        told |= {
            "source": _end(finding.orig_h),
            "destination": (_end(finding.resp_h) or {}) | {"port": finding.resp_p},
            "network": {"transport": known.get("proto"), "protocol": known.get("service")},
            "dns": {"question": {"name": known.get("domain")}},
        }
    return _known(told)


def _end(host: str | None) -> dict[str, Any] | None:
    if not host:
        return None
    known = address(host)
    return {"address": shown(host)} | ({"ip": known} if known else {})


def _threat(techniques: tuple[str, ...], tactics: tuple[str, ...]) -> dict[str, Any] | None:
    if not techniques:
        return None
    parents = list(dict.fromkeys(t.partition(".")[0] for t in techniques))
    below = [t for t in techniques if "." in t]
    technique: dict[str, Any] = {
        "id": parents,
        "name": [name for t in parents if (name := technique_name(t))],
    }
    if below:
        technique["subtechnique"] = {"id": below}
    return {"framework": OF_ATTACK, "technique": technique, "tactic": {"name": list(tactics)}}


def _addresses(notice: Notice) -> list[str]:
    ids = [e.id for one in notice.incidents for e in one.entities]
    return sorted({known for id_ in ids if (known := address(id_))})


def _names(notice: Notice) -> list[str]:
    entities = [e for one in notice.incidents for e in one.entities]
    return sorted({shown(e.id) for e in entities if e.role == "domain"})


def _known(told: dict[str, Any]) -> dict[str, Any]:
    """Without what is null or empty."""
    kept: dict[str, Any] = {}
    for name, value in told.items():
        inner = _known(value) if isinstance(value, dict) else value
        if inner is not None and inner not in ({}, [], ""):
            kept[name] = inner
    return kept
