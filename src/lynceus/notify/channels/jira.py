"""Jira by its REST API: an issue an incident, with comments and transitions.

A label names the incident; it is looked for first, so that one that was made by a message whose
answer was lost is not made again. Cloud (version 3) takes documents in which nothing is read for
markup; Data Center (version 2) takes wiki text, which is fenced. Source: developer.atlassian.com,
Jira platform REST API, "Create issue", "Add comment", "Transition issue".
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field

from lynceus.notify.channel import Refused
from lynceus.notify.notice import Notice, Reference, Said, cut
from lynceus.notify.service import HttpChannel
from lynceus.secret import Secret

PRIORITY = {
    "critical": "Highest",
    "high": "High",
    "medium": "Medium",
    "low": "Low",
    "info": "Lowest",
}
TEXT = 30_000


class Jira(HttpChannel):
    """A project of Jira, by the address of its site."""

    token: Secret
    user: str | None = None
    """The mail address that the API token of the cloud belongs to; without it the token is sent as
    a bearer's, as Data Center has it."""
    project: str = Field(pattern=r"^[A-Z][A-Z0-9_]{1,254}$")
    issue_type: str = "Task"
    version: Literal[2, 3] = 3
    priorities: bool = True
    """Whether the project has the usual five priorities."""
    acknowledged: str | None = None
    """Name of the transition that an acknowledgement makes."""
    resolved: str | None = "Done"
    """Name of the transition that a resolution makes."""

    def headers(self) -> dict[str, str]:
        """User and token, or token alone."""
        token = self.token.reveal()
        if not self.user:
            return {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        pair = b64encode(f"{self.user}:{token}".encode()).decode()
        return {"Authorization": f"Basic {pair}", "Accept": "application/json"}

    def send(self, notice: Notice) -> Said:
        """Creates an issue."""
        label = f"lynceus-{notice.id}"
        if found := self._found(label):
            return Said(f"it was there already: {found}", {"issue": found})
        fields: dict[str, Any] = {
            "project": {"key": self.project},
            "issuetype": {"name": self.issue_type},
            "summary": cut(notice.title, 254),
            "description": self._document(notice),
            "labels": ["lynceus", label],
        }
        if self.priorities:
            fields["priority"] = {"name": PRIORITY[notice.severity]}
        answer = self.ask("POST", self._path("issue"), body={"fields": fields})
        issue = answer.field("key")
        return Said(f"{answer.status} {issue}", {"issue": issue} if issue else {})

    def update(self, notice: Notice, before: Reference) -> Said:
        """A comment at the issue."""
        if "issue" not in before:
            return self.send(notice)
        path = self._path("issue", before["issue"], "comment")
        answer = self.ask("POST", path, body={"body": self._document(notice)})
        return Said(f"{answer.status} comment at {before['issue']}", dict(before))

    def acknowledge(self, notice: Notice, before: Reference) -> Said:
        """A comment, and a transition where one is named."""
        return self._moved(notice, before, self.acknowledged)

    def resolve(self, notice: Notice, before: Reference) -> Said:
        """A comment, and the transition that ends the issue."""
        return self._moved(notice, before, self.resolved)

    def _moved(self, notice: Notice, before: Reference, name: str | None) -> Said:
        said = self.update(notice, before)
        issue = said.reference.get("issue")
        if not name or not issue:
            return said
        path = self._path("issue", issue, "transitions")
        told = self.ask("GET", path).json
        ways = told.get("transitions", []) if isinstance(told, dict) else []
        ids = {str(way.get("name", "")).lower(): str(way.get("id", "")) for way in ways}
        if name.lower() not in ids:
            raise Refused(f"{issue} has no transition {name!r}; it has {', '.join(sorted(ids))}")
        self.ask("POST", path, body={"transition": {"id": ids[name.lower()]}})
        return Said(f"{issue}: {name}", said.reference)

    def _found(self, label: str) -> str:
        path = self._path("search", "jql") if self.version == 3 else self._path("search")
        query = {"jql": f'labels = "{label}"', "maxResults": "1", "fields": "key"}
        told = self.ask("GET", path, params=query).json
        issues = told.get("issues") if isinstance(told, dict) else None
        return str(issues[0].get("key", "")) if issues else ""

    def _path(self, *parts: str) -> str:
        return "/".join((f"rest/api/{self.version}", *(quote(part, safe="") for part in parts)))

    def _document(self, notice: Notice) -> Any:
        text = cut(notice.text, TEXT)
        if self.version == 2:
            return "{noformat}\n" + text.replace("{noformat", "{ noformat") + "{noformat}"
        paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
        return {
            "type": "doc",
            "version": 1,
            "content": [
                {"type": "paragraph", "content": [{"type": "text", "text": part}]}
                for part in paragraphs
            ],
        }
