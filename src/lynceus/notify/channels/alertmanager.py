"""Prometheus Alertmanager by its API v2: an alert an incident, ended when it is resolved.

Source: prometheus/alertmanager, api/v2/openapi.yaml.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from lynceus.moments import NS, rfc3339
from lynceus.notify.flat import flat
from lynceus.notify.notice import Notice, Reference, Said
from lynceus.notify.service import HttpChannel

NOTED = ("detector", "orig_h", "resp_h", "said_by")


class Alertmanager(HttpChannel):
    """An Alertmanager, by its address without a path."""

    for_people: ClassVar[bool] = False
    most: int = 0
    lasts_h: int = Field(default=24, ge=1, le=24 * 30, strict=True)
    """An alert ends by itself after so many hours without news."""

    def send(self, notice: Notice) -> Said:
        """The alert stands until it is resolved or old."""
        return self._post([self._alert(notice, notice.severity, self._old(notice))], notice)

    def update(self, notice: Notice, before: Reference) -> Said:
        """The same alert; one of another severity takes its place, for labels name an alert."""
        alerts = [self._alert(notice, notice.severity, self._old(notice))]
        if before.get("severity", notice.severity) != notice.severity:
            alerts.append(self._alert(notice, before["severity"], notice.sent_ns))
        return self._post(alerts, notice)

    def resolve(self, notice: Notice, before: Reference) -> Said:
        """The alert has ended."""
        severity = before.get("severity", notice.severity)
        return self._post([self._alert(notice, severity, notice.sent_ns)], notice)

    def _old(self, notice: Notice) -> int:
        return notice.sent_ns + self.lasts_h * 3600 * NS

    def _post(self, alerts: list[dict[str, Any]], notice: Notice) -> Said:
        answer = self.ask("POST", "api/v2/alerts", body=alerts)
        return Said(answer.told, {"severity": notice.severity})

    def _alert(self, notice: Notice, severity: str, ends_ns: int) -> dict[str, Any]:
        told = flat(notice)
        annotations = {
            "summary": notice.title,
            "description": "\n".join((*notice.paragraphs, *notice.actions)),
            **{name: str(told[name]) for name in NOTED if name in told},
        }
        return {
            "labels": {
                "alertname": "LynceusIncident",
                "incident": notice.id,
                "severity": severity,
                "site": notice.site,
            },
            "annotations": {name: value for name, value in annotations.items() if value},
            "startsAt": notice.at,
            "endsAt": rfc3339(ends_ns),
        }
