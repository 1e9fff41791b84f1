"""What xsoar, thehive, jira and servicenow take and answer."""

from __future__ import annotations

import base64
import re
from typing import ClassVar

from notify.channels.specification import (
    FLAG,
    SECRET,
    STAMP,
    TOKEN,
    WHOLE,
    Schema,
    Service,
    bearer,
    check,
    one_of,
    same,
    some,
    table,
    text,
)
from notify.doubles import Reply, Request


class Xsoar(Service):
    """Cortex XSOAR API: /incident, /incidents/search, /incident/batchClose, /entry/note."""

    settings: ClassVar = {"token": SECRET, "auth_id": "7"}
    path = "/xsoar/public/v1"
    INCIDENT = table(
        {"name": text(least=1), "type": text(), "severity": one_of(0, 0.5, 1, 2, 3, 4)},
        {
            "id": text(), "version": WHOLE, "details": text(), "occurred": text(pattern=STAMP),
            "rawJSON": text(), "createInvestigation": FLAG, "dbotMirrorId": text(),
            "labels": some(table({"type": text(), "value": text()})),
        },
    )  # fmt: skip

    def answer(self, request: Request) -> Reply:
        same(request.headers.get("authorization"), TOKEN, "authorization")
        same(request.headers.get("x-xdr-auth-id"), "7", "x-xdr-auth-id")
        act = request.path.removeprefix(self.path)
        body = request.json
        if act == "/incidents/search":
            wanted = re.fullmatch(
                r'dbotMirrorId:"([0-9a-f]+)" and -status:closed', body["filter"]["query"]
            )
            rows = [
                {"id": number} for number, one in self.made.items()
                if wanted and one["dbotMirrorId"] == wanted[1] and number not in self.state
            ]  # fmt: skip
            return Reply(200, {"total": len(rows), "data": rows})
        if act == "/incident":
            check(body, self.INCIDENT)
            number = body.get("id") or str(len(self.made) + 100)
            self.made[number] = body
            return Reply(201, {"id": number, "version": 1})
        if act == "/incident/batchClose":
            check(
                body, table({"ids": some(text(), 1), "closeReason": text(), "closeNotes": text()})
            )
            self.state |= dict.fromkeys(body["ids"], "resolved")
            return Reply(200, {"total": 1})
        same(act, "/entry/note", "path")
        check(body, table({"investigationId": text(), "data": text(), "markdown": FLAG}))
        return Reply(200, {"id": "1@1"})


class Thehive(Service):
    """docs.strangebee.com, TheHive 5 API: alert, comment."""

    settings: ClassVar = {"token": SECRET, "organisation": "soc"}
    COMMON: ClassVar[dict[str, Schema]] = {
        "title": text(512, least=1), "description": text(1_048_576, least=1),
        "severity": one_of(1, 2, 3, 4), "tags": some(text(128, least=1)),
        "tlp": one_of(0, 1, 2, 3, 4), "pap": one_of(0, 1, 2, 3),
    }  # fmt: skip
    OBSERVABLE = table(
        {"dataType": one_of("ip", "domain", "hostname"), "data": text(4096, least=1)},
        {"tags": some(text(128))},
    )

    def answer(self, request: Request) -> Reply:
        bearer(request)
        same(request.headers.get("x-organisation"), "soc", "x-organisation")
        body = request.json
        if request.path == "/api/v1/alert":
            needed = {"type": text(32, least=1), "source": text(64, least=1),
                      "sourceRef": text(128, least=1)}  # fmt: skip
            more = {"date": WHOLE, "observables": some(self.OBSERVABLE)}
            check(body, table({**needed, **self.COMMON}, more))
            if body["sourceRef"] in self.made:
                told = "Alert lynceus:Lynceus already exist in organisation soc"
                return Reply(400, {"type": "CreateError", "message": told})
            self.made[body["sourceRef"]] = body
            return Reply(201, {"_id": f"~{len(self.made)}", "status": "New"})
        number, _, act = request.path.removeprefix("/api/v1/alert/").partition("/")
        same(number, "~1", "alert")
        if act == "comment":
            check(body, table({"message": text(65_536, least=1)}))
            return Reply(201, {"_id": "~9"})
        same(request.method, "PATCH", "method")
        check(body, table({}, {**self.COMMON, "status": one_of("New", "Updated", "Ignored")}))
        self.state[number] = body.get("status", "New")
        return Reply(204)


class Jira(Service):
    """developer.atlassian.com, Jira platform REST API v3, Atlassian Document Format."""

    settings: ClassVar = {"token": SECRET, "user": "soc@example.org", "project": "SOC"}
    TEXT = table({"type": one_of("text"), "text": text(least=1)})
    DOCUMENT = table(
        {
            "type": one_of("doc"),
            "version": one_of(1),
            "content": some(table({"type": one_of("paragraph"), "content": some(TEXT, 1)}), 1),
        }
    )
    ISSUE = table(
        {
            "project": table({"key": one_of("SOC")}),
            "issuetype": table({"name": text()}),
            "summary": text(255, r"^[^\r\n]+$"),
        },
        {
            "description": DOCUMENT,
            "labels": some(text(255, r"^\S+$")),
            "priority": table({"name": one_of("Highest", "High", "Medium", "Low", "Lowest")}),
        },
    )

    def answer(self, request: Request) -> Reply:
        pair = base64.b64encode(f"soc@example.org:{TOKEN}".encode()).decode()
        same(request.headers.get("authorization"), f"Basic {pair}", "authorization")
        act = request.path.removeprefix("/rest/api/3/")
        if act == "search/jql":
            label = re.fullmatch(r'labels = "([a-z0-9-]+)"', request.query["jql"])
            found = [
                {"key": key} for key, fields in self.made.items()
                if label and label[1] in fields["labels"]
            ]  # fmt: skip
            return Reply(200, {"issues": found})
        if act == "issue":
            check(request.json, table({"fields": self.ISSUE}))
            key = f"SOC-{len(self.made) + 1}"
            self.made[key] = request.json["fields"]
            return Reply(201, {"id": "1", "key": key})
        same(act.split("/")[1] in self.made, True, act)
        if act.endswith("/comment"):
            check(request.json, table({"body": self.DOCUMENT}))
            return Reply(201, {"id": "2"})
        if request.method == "GET":
            return Reply(200, {"transitions": [{"id": "31", "name": "Done"}]})
        check(request.json, table({"transition": table({"id": one_of("31")})}))
        self.state[act.split("/")[1]] = "resolved"
        return Reply(204)


class Servicenow(Service):
    """docs.servicenow.com, Table API; dictionary of the table incident."""

    settings: ClassVar = {"user": "soc", "password": SECRET}
    FIELDS: ClassVar[dict[str, Schema]] = {
        "short_description": text(160), "description": text(4000), "urgency": one_of("1", "2", "3"),
        "impact": one_of("1", "2", "3"), "category": text(40), "correlation_id": text(100),
        "correlation_display": text(100), "work_notes": text(4000), "close_notes": text(4000),
        "state": one_of("1", "2", "3", "6", "7"), "close_code": text(40),
    }  # fmt: skip

    def answer(self, request: Request) -> Reply:
        pair = base64.b64encode(f"soc:{TOKEN}".encode()).decode()
        same(request.headers.get("authorization"), f"Basic {pair}", "authorization")
        if request.method == "GET":
            wanted = re.fullmatch(r"correlation_id=([0-9a-z-]+)", request.query["sysparm_query"])
            rows = [
                {"sys_id": number} for number, one in self.made.items()
                if wanted and one["correlation_id"] == wanted[1]
            ]  # fmt: skip
            return Reply(200, {"result": rows})
        check(request.json, table({}, self.FIELDS))
        number = request.path.removeprefix("/api/now/table/incident").strip("/")
        if request.method == "POST":
            number = f"{len(self.made):032x}"
            self.made[number] = request.json
        else:
            same(number in self.made, True, request.path)
            self.state[number] = request.json.get("state", "")
        return Reply(200, {"result": {"sys_id": number, "number": "INC0010001"}})
