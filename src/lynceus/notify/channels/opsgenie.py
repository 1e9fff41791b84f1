"""Opsgenie by its Alert API: one alert an incident, with notes, acknowledge and close.

Source: docs.opsgenie.com, Alert API.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from pydantic import Field

from lynceus.notify.flat import flat
from lynceus.notify.notice import Notice, Reference, Said, cut
from lynceus.notify.service import HttpChannel
from lynceus.secret import Secret

MESSAGE, DESCRIPTION, NOTE, DETAILS = 130, 15_000, 25_000, 8_000
"""Most characters of the parts of an alert."""
PRIORITY = {"critical": "P1", "high": "P2", "medium": "P3", "low": "P4", "info": "P5"}


class Opsgenie(HttpChannel):
    """An API integration of Opsgenie."""

    url: str | Secret = "https://api.opsgenie.com/v2/alerts"
    token: Secret
    responders: tuple[str, ...] = Field(default=(), max_length=50)
    """Names of teams, besides those that the integration names."""

    def headers(self) -> dict[str, str]:
        """The integration's key."""
        return {"Authorization": f"GenieKey {self.token.reveal()}"}

    def send(self, notice: Notice) -> Said:
        """Creates an alert; the same alias again is counted there, not repeated."""
        details = {name: cut(str(value), 1000) for name, value in flat(notice).items()}
        body: dict[str, Any] = {
            "message": cut(notice.title, MESSAGE),
            "alias": alias(notice),
            "description": cut(notice.text, DESCRIPTION),
            "tags": ["lynceus", notice.severity],
            "details": details,
            "entity": cut(str(details.get("orig_h", notice.site)), 512),
            "source": "Lynceus",
            "priority": PRIORITY[notice.severity],
        }
        if self.responders:
            body["responders"] = [{"name": name, "type": "team"} for name in self.responders]
        return self._post("", body)

    def update(self, notice: Notice, before: Reference) -> Said:
        """A note at the alert."""
        return self._post("notes", _note(notice), alias(notice))

    def acknowledge(self, notice: Notice, before: Reference) -> Said:
        """The alert is acknowledged."""
        return self._post("acknowledge", _note(notice), alias(notice))

    def resolve(self, notice: Notice, before: Reference) -> Said:
        """The alert is closed."""
        return self._post("close", _note(notice), alias(notice))

    def _post(self, act: str, body: dict[str, Any], of: str = "") -> Said:
        path = f"{quote(of, safe='')}/{act}" if act else ""
        answer = self.ask(
            "POST", path, body=body, params={"identifierType": "alias"} if of else None
        )
        return Said(answer.told, {"alias": of or body["alias"]})


def alias(notice: Notice) -> str:
    """The name by which the alert is found again."""
    return f"lynceus-{notice.id}"


def _note(notice: Notice) -> dict[str, Any]:
    return {
        "user": cut(notice.said_by or "Lynceus", 100),
        "source": "Lynceus",
        "note": cut(notice.text, NOTE),
    }
