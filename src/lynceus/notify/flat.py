"""A notice as one flat record, for formats and tables that know names and values only."""

from __future__ import annotations

import ipaddress
from datetime import datetime

from lynceus.attack import technique_name
from lynceus.notify.notice import Notice
from lynceus.shown import shown

Value = str | int | float

PERCENT = {"info": 10, "low": 30, "medium": 50, "high": 70, "critical": 90}
"""Severities on a scale to 100."""
STATUS = {"acknowledge": "acknowledged", "resolve": "resolved"}


def flat(notice: Notice) -> dict[str, Value]:
    """Names and values; what is not known is left out, and no text holds a control character."""
    told: dict[str, Value | None] = {
        "key": notice.key,
        "kind": notice.kind,
        "time": notice.at,
        "incident": notice.id,
        "site": notice.site,
        "title": notice.title,
        "severity": notice.severity,
        "score": round(notice.score, 1),
        "status": STATUS.get(notice.kind, "open"),
        "summary": " ".join(notice.paragraphs),
        "incidents": notice.total,
        "said_by": notice.said_by or None,
    }
    one, finding = notice.incident, notice.finding
    if one:
        told |= {
            "confidence": round(one.confidence, 2),
            "first_seen": one.first_seen,
            "last_seen": one.last_seen,
            "techniques": ", ".join(one.techniques),
            "technique_names": ", ".join(filter(None, map(technique_name, one.techniques))),
            "tactics": ", ".join(one.tactics),
            "hosts": ", ".join(e.id for e in one.entities),
            "findings": len(one.findings),
            "action": " ".join(notice.actions[:1]),
        }
    if finding:
        told |= {
            "detector": finding.detector,
            "orig_h": finding.orig_h,
            "resp_h": finding.resp_h,
            "resp_p": finding.resp_p,
            "proto": finding.proto,
            "service": finding.service,
            "domain": finding.domain,
        }
    return {
        name: shown(value) if isinstance(value, str) else value
        for name, value in told.items()
        if value not in (None, "")
    }


def address(value: object) -> str | None:
    """The value where it is an IP address; None where it is a name or nothing."""
    try:
        return str(ipaddress.ip_address(str(value)))
    except ValueError:
        return None


def milliseconds(stamp: object) -> int | None:
    """An RFC 3339 time in ms since 1970; None where there is none."""
    try:
        return round(datetime.fromisoformat(str(stamp)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
