"""ServiceNow by its Table API: an incident there for each here.

`correlation_id` names ours and is looked for first. Source: docs.servicenow.com, "Table API" and
the dictionary of the table `incident`.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from pydantic import Field

from lynceus.notify.notice import Notice, Reference, Said, cut
from lynceus.notify.service import HttpChannel
from lynceus.secret import Secret

URGENCY = {"critical": "1", "high": "1", "medium": "2", "low": "3", "info": "3"}
IMPACT = {"critical": "1", "high": "2", "medium": "2", "low": "3", "info": "3"}
IN_PROGRESS, RESOLVED = "2", "6"


class Servicenow(HttpChannel):
    """An instance of ServiceNow, by its address without a path."""

    user: str | None = None
    password: Secret | None = None
    token: Secret | None = None
    """An OAuth token, instead of user and password."""
    table: str = Field(default="incident", pattern=r"^[a-z][a-z0-9_]{0,79}$")
    group: str | None = None
    """The assignment group."""
    close_code: str = "Solved (Permanently)"

    def headers(self) -> dict[str, str]:
        """A token, or user and password."""
        json = {"Accept": "application/json"}
        if self.token:
            return json | {"Authorization": f"Bearer {self.token.reveal()}"}
        if self.user and self.password:
            pair = b64encode(f"{self.user}:{self.password.reveal()}".encode()).decode()
            return json | {"Authorization": f"Basic {pair}"}
        return json

    def send(self, notice: Notice) -> Said:
        """Creates an incident."""
        if found := self._found(notice.id):
            return Said(f"it was there already: {found}", {"sys_id": found})
        body = {
            "short_description": cut(notice.title, 160),
            "description": cut(notice.text, 4000),
            "urgency": URGENCY[notice.severity],
            "impact": IMPACT[notice.severity],
            "category": "security",
            "correlation_id": notice.id,
            "correlation_display": "Lynceus",
        }
        return self._said(
            "POST", "", body | ({"assignment_group": self.group} if self.group else {})
        )

    def update(self, notice: Notice, before: Reference) -> Said:
        """A work note."""
        return self._changed(notice, before, {})

    def acknowledge(self, notice: Notice, before: Reference) -> Said:
        """A work note; the incident is in progress."""
        return self._changed(notice, before, {"state": IN_PROGRESS})

    def resolve(self, notice: Notice, before: Reference) -> Said:
        """The incident is resolved."""
        closed = {
            "state": RESOLVED,
            "close_code": self.close_code,
            "close_notes": cut(notice.text, 4000),
        }
        return self._changed(notice, before, closed)

    def _changed(self, notice: Notice, before: Reference, fields: dict[str, str]) -> Said:
        if "sys_id" not in before:
            return self.send(notice)
        return self._said(
            "PATCH", before["sys_id"], {**fields, "work_notes": cut(notice.text, 4000)}
        )

    def _found(self, incident: str) -> str:
        query = {"sysparm_query": f"correlation_id={incident}", "sysparm_limit": "1",
                 "sysparm_fields": "sys_id"}  # fmt: skip
        told = self.ask("GET", self._path(""), params=query).json
        rows = told.get("result") if isinstance(told, dict) else None
        return str(rows[0].get("sys_id", "")) if rows else ""

    def _said(self, method: str, sys_id: str, body: dict[str, Any]) -> Said:
        told = self.ask(method, self._path(sys_id), body=body).json
        row = told.get("result", {}) if isinstance(told, dict) else {}
        sys_id = str(row.get("sys_id", sys_id))
        return Said(f"incident {row.get('number', sys_id)}", {"sys_id": sys_id} if sys_id else {})

    def _path(self, sys_id: str) -> str:
        return f"api/now/table/{self.table}" + (f"/{sys_id}" if sys_id else "")
