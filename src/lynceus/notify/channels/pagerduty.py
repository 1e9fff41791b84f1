"""PagerDuty by its Events API v2: one alert an incident, with acknowledge and resolve.

Source: developer.pagerduty.com, "Send an alert event".
"""

from __future__ import annotations

from typing import Any

from lynceus.notify.flat import flat
from lynceus.notify.notice import Notice, Reference, Said, cut
from lynceus.notify.service import HttpChannel
from lynceus.secret import Secret

SEVERITY = {"critical": "critical", "high": "error", "medium": "warning"}
"""Of the four that PagerDuty has; what is lower is `info`."""


class Pagerduty(HttpChannel):
    """A service of PagerDuty, by the key of its Events API v2 integration."""

    url: str | Secret = "https://events.pagerduty.com/v2/enqueue"
    routing_key: Secret

    def send(self, notice: Notice) -> Said:
        """Triggers; the same incident again is the same alert there."""
        told = flat(notice)
        payload: dict[str, Any] = {
            "summary": cut(notice.line, 1024),
            "source": str(told.get("orig_h", told.get("resp_h", notice.site))),
            "severity": SEVERITY.get(notice.severity, "info"),
            "timestamp": notice.at,
            "group": notice.site,
            "class": str(told.get("detector", notice.kind)),
            "custom_details": {**told, "actions": "\n".join(notice.actions)},
        }
        return self._event("trigger", notice, {"payload": payload, "client": "Lynceus"})

    def acknowledge(self, notice: Notice, before: Reference) -> Said:
        """The alert is acknowledged."""
        return self._event("acknowledge", notice, {})

    def resolve(self, notice: Notice, before: Reference) -> Said:
        """The alert is resolved."""
        return self._event("resolve", notice, {})

    def _event(self, action: str, notice: Notice, more: dict[str, Any]) -> Said:
        body = {
            "routing_key": self.revealed(self.routing_key),
            "event_action": action,
            "dedup_key": f"lynceus-{notice.id}",
            **more,
        }
        answer = self.ask("POST", body=body)
        return Said(answer.told, {"dedup_key": answer.field("dedup_key")})
