"""TheHive 5 by its API v1: an alert an incident, with observables and comments.

TheHive itself refuses the same `sourceRef` twice. Source: docs.strangebee.com, TheHive API,
"Create alert", "Update alert", "Create comment".
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from pydantic import Field

from lynceus.notify.channel import Refused
from lynceus.notify.flat import address, milliseconds
from lynceus.notify.notice import Notice, Reference, Said, cut
from lynceus.notify.service import HttpChannel
from lynceus.secret import Secret
from lynceus.shown import shown

SEVERITY = {"info": 1, "low": 1, "medium": 2, "high": 3, "critical": 4}
OBSERVABLES = 100
"""Most observables of an alert."""


class Thehive(HttpChannel):
    """A server of TheHive, by its address without a path."""

    token: Secret
    organisation: str | None = None
    tlp: int = Field(default=2, ge=0, le=4, strict=True)
    pap: int = Field(default=2, ge=0, le=3, strict=True)
    resolved: str = "Ignored"
    """The status of an alert whose incident is resolved."""

    def headers(self) -> dict[str, str]:
        """The API key."""
        key = {"Authorization": f"Bearer {self.token.reveal()}"}
        return key | ({"X-Organisation": self.organisation} if self.organisation else {})

    def send(self, notice: Notice) -> Said:
        """Creates an alert."""
        body = self._alert(notice) | {
            "type": "lynceus",
            "source": "Lynceus",
            "sourceRef": notice.id,
            "observables": _observables(notice),
        }
        answer = self.ask("POST", "api/v1/alert", body=body, fine={400})
        if answer.status == 400:
            if "already exist" in answer.text:
                return Said("it was there already")
            raise Refused(answer.told)
        number = answer.field("_id")
        return Said(f"{answer.status} alert {number}", {"id": number} if number else {})

    def update(self, notice: Notice, before: Reference) -> Said:
        """Changes the alert."""
        if "id" not in before:
            return self.send(notice)
        changed = self._alert(notice)
        del changed["date"]
        return self._patched(before, changed)

    def acknowledge(self, notice: Notice, before: Reference) -> Said:
        """A comment at the alert."""
        return self._commented(notice, before) if "id" in before else self.send(notice)

    def resolve(self, notice: Notice, before: Reference) -> Said:
        """A comment, and the alert gets its last status."""
        if "id" not in before:
            return self.send(notice)
        self._commented(notice, before)
        return self._patched(before, {"status": self.resolved})

    def _alert(self, notice: Notice) -> dict[str, Any]:
        techniques = notice.incident.techniques if notice.incident else ()
        return {
            "title": cut(notice.title, 512),
            "description": _plain_markdown(notice.text),
            "severity": SEVERITY[notice.severity],
            "date": milliseconds(notice.at),
            "tags": ["lynceus", notice.site, *techniques],
            "tlp": self.tlp,
            "pap": self.pap,
        }

    def _commented(self, notice: Notice, before: Reference) -> Said:
        path = f"api/v1/alert/{quote(before['id'], safe='')}/comment"
        body = {"message": _plain_markdown(notice.text)}
        return Said(self.ask("POST", path, body=body).told, dict(before))

    def _patched(self, before: Reference, changed: dict[str, Any]) -> Said:
        path = f"api/v1/alert/{quote(before['id'], safe='')}"
        return Said(self.ask("PATCH", path, body=changed).told, dict(before))


def _observables(notice: Notice) -> list[dict[str, Any]]:
    entities = {e.id: e.role for one in notice.incidents for e in one.entities}
    told = []
    for id_, role in list(entities.items())[:OBSERVABLES]:
        kind = "ip" if address(id_) else "domain" if role == "domain" else "hostname"
        told.append({"dataType": kind, "data": shown(id_), "tags": [role]})
    return told


def _plain_markdown(text: str) -> str:
    """The text as a block of code, in which nothing is read for markdown."""
    longest, run = 3, 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run + 1)
    fence = "`" * longest
    return f"{fence}\n{text}{fence}\n"
