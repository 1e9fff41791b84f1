"""Cortex XSOAR by its REST API: an incident there for each here.

Its classifier and mapper are among the channel's files; what they read is the incident's `rawJSON`.
Source: Cortex XSOAR API, "Create or update an incident", "Close an incident".
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import Field

from lynceus.notify.flat import flat
from lynceus.notify.notice import Notice, Reference, Said, cut
from lynceus.notify.service import HttpChannel
from lynceus.secret import Secret

SEVERITY = {"info": 0.5, "low": 1, "medium": 2, "high": 3, "critical": 4}
LABELS = ("incident", "site", "detector", "orig_h", "resp_h", "techniques", "key")


class Xsoar(HttpChannel):
    """A server of Cortex XSOAR, by its address up to where `/incident` follows: of version 8 with
    `/xsoar/public/v1`."""

    token: Secret
    auth_id: str | None = None
    """The id of the API key; version 8 asks for it."""
    type: str = Field(default="Lynceus Incident", min_length=1, max_length=100)
    close_reason: str = "Resolved"

    def headers(self) -> dict[str, str]:
        """The API key."""
        key = {"Authorization": self.token.reveal(), "Accept": "application/json"}
        return key | ({"x-xdr-auth-id": self.auth_id} if self.auth_id else {})

    def send(self, notice: Notice) -> Said:
        """Creates an incident, or gives the one that was made of the same message before."""
        if found := self._found(notice):
            return Said(f"it was there already: {found}", {"id": found})
        return self._written(self._incident(notice) | {"createInvestigation": True})

    def update(self, notice: Notice, before: Reference) -> Said:
        """Changes the incident."""
        if "id" not in before:
            return self.send(notice)
        return self._written(self._incident(notice) | {"id": before["id"], "version": -1})

    def acknowledge(self, notice: Notice, before: Reference) -> Said:
        """A note at the incident; who looks at it there is its owner."""
        if "id" not in before:
            return self.send(notice)
        note = {"investigationId": before["id"], "data": notice.text, "markdown": False}
        return Said(self.ask("POST", "entry/note", body=note).told, dict(before))

    def resolve(self, notice: Notice, before: Reference) -> Said:
        """Closes the incident."""
        if "id" not in before:
            return self.send(notice)
        body = {
            "ids": [before["id"]],
            "closeReason": self.close_reason,
            "closeNotes": cut(notice.text, 4000),
        }
        return Said(self.ask("POST", "incident/batchClose", body=body).told, dict(before))

    def _incident(self, notice: Notice) -> dict[str, Any]:
        told = flat(notice)
        return {
            "name": notice.title,
            "type": self.type,
            "severity": SEVERITY[notice.severity],
            "occurred": (notice.incident and notice.incident.first_seen) or notice.at,
            "details": notice.text,
            "labels": [{"type": n, "value": str(told[n])} for n in LABELS if n in told],
            "rawJSON": json.dumps(told | {"actions": list(notice.actions)}, ensure_ascii=False),
            "dbotMirrorId": notice.id,
        }

    def _found(self, notice: Notice) -> str:
        wanted = {"filter": {"query": f'dbotMirrorId:"{notice.id}" and -status:closed', "size": 1}}
        answer = self.ask("POST", "incidents/search", body=wanted)
        rows = answer.json.get("data") if isinstance(answer.json, dict) else None
        return str(rows[0].get("id", "")) if rows and isinstance(rows[0], dict) else ""

    def _written(self, body: dict[str, Any]) -> Said:
        answer = self.ask("POST", "incident", body=body)
        number = answer.field("id")
        return Said(f"{answer.status} incident {number}", {"id": number} if number else {})
