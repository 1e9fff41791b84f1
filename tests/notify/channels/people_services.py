"""What slack, teams, pagerduty, opsgenie and jira_service_management take and answer."""

from __future__ import annotations

from typing import ClassVar

from notify.channels.specification import (
    FLAG,
    FREE,
    SECRET,
    STAMP,
    TOKEN,
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


class Slack(Service):
    """docs.slack.dev: chat.postMessage, chat.update, blocks."""

    settings: ClassVar = {"token": SECRET, "to": "C0123456789"}
    path = "/api"
    PLAIN = table({"type": one_of("plain_text"), "text": text(3000, least=1)}, {"emoji": FLAG})
    FIELD = table({"type": one_of("plain_text"), "text": text(2000, least=1)}, {"emoji": FLAG})
    BLOCK: ClassVar[Schema] = {
        "oneOf": [
            table({"type": one_of("header"), "text": table(
                {"type": one_of("plain_text"), "text": text(150, least=1)}, {"emoji": FLAG})}),
            table({"type": one_of("section"), "text": PLAIN}),
            table({"type": one_of("section"), "fields": some(FIELD, 1, 10)}),
        ]
    }  # fmt: skip
    MESSAGE = table(
        {"channel": text(80, least=1), "text": text(40_000, least=1)},
        {
            "blocks": some(BLOCK, 1, 50),
            "thread_ts": text(pattern=r"^\d+\.\d{6}$"),
            "ts": text(pattern=r"^\d+\.\d{6}$"),
            "metadata": table({"event_type": text(), "event_payload": FREE}),
            "unfurl_links": FLAG,
            "unfurl_media": FLAG,
        },
    )

    def answer(self, request: Request) -> Reply:
        bearer(request)
        same(request.headers["content-type"], "application/json", "content-type")
        check(request.json, self.MESSAGE)
        for control in ("<!", "<@", "<#", "<http"):
            if control in request.json["text"]:
                raise ValueError(f"text calls people or links: {control}")
        if request.path == "/api/chat.update":
            ts = request.json["ts"]
            if ts not in self.made:
                return Reply(200, {"ok": False, "error": "message_not_found"})
            self.made[ts] = request.json
        else:
            same(request.path, "/api/chat.postMessage", "path")
            ts = f"1714557600.{len(self.made):06d}"
            self.made[ts] = request.json
        return Reply(200, {"ok": True, "channel": request.json["channel"], "ts": ts})


class Teams(Service):
    """adaptivecards.io, schema 1.4; learn.microsoft.com, "Incoming webhooks with Workflows"."""

    settings: ClassVar = {}
    path = "/workflows/x/triggers/manual/paths/invoke"
    RUN = table(
        {"type": one_of("TextRun"), "text": text(least=1)},
        {
            "weight": one_of("default", "lighter", "bolder"),
            "size": one_of("small", "default", "medium", "large", "extraLarge"),
            "color": one_of("default", "dark", "light", "accent", "good", "warning", "attention"),
        },
    )
    CARD = table(
        {
            "type": one_of("AdaptiveCard"),
            "version": one_of("1.4"),
            "body": some(table({"type": one_of("RichTextBlock"), "inlines": some(RUN, 1)}), 1),
        },
        {"$schema": text(), "fallbackText": text()},
    )
    ATTACHMENT = table(
        {
            "contentType": one_of("application/vnd.microsoft.card.adaptive"),
            "contentUrl": {"type": "null"},
            "content": CARD,
        }
    )

    def answer(self, request: Request) -> Reply:
        same(request.path, self.path, "path")
        check(
            request.json,
            table({"type": one_of("message"), "attachments": some(self.ATTACHMENT, 1)}),
        )
        if len(request.content) > 28_000:
            raise ValueError("a card has at most 28 kB")
        self.made[request.headers["idempotency-key"]] = request.json
        return Reply(202)


class Pagerduty(Service):
    """developer.pagerduty.com, Events API v2."""

    settings: ClassVar = {"routing_key": SECRET}
    path = "/v2/enqueue"
    PAYLOAD = table(
        {
            "summary": text(1024, least=1),
            "source": text(least=1),
            "severity": one_of("critical", "error", "warning", "info"),
        },
        {
            "timestamp": text(pattern=STAMP), "component": text(), "group": text(),
            "class": text(), "custom_details": FREE,
        },
    )  # fmt: skip
    STATES: ClassVar = {"trigger": "open", "acknowledge": "acknowledged", "resolve": "resolved"}

    def answer(self, request: Request) -> Reply:
        same(request.path, self.path, "path")
        event = request.json
        triggers = event.get("event_action") == "trigger"
        needed = {
            "routing_key": one_of(TOKEN),
            "event_action": one_of(*self.STATES),
            "dedup_key": text(255, least=1),
        }
        more = {
            "payload": self.PAYLOAD,
            "client": text(),
            "client_url": text(),
            "links": some(FREE),
        }
        check(event, table({**needed, "payload": self.PAYLOAD} if triggers else needed, more))
        key = event["dedup_key"]
        self.made[key] = event
        self.state[key] = self.STATES[event["event_action"]]
        return Reply(202, {"status": "success", "message": "Event processed", "dedup_key": key})


class Opsgenie(Service):
    """docs.opsgenie.com, Alert API."""

    settings: ClassVar = {"token": SECRET, "responders": ["soc"]}
    path = "/v2/alerts"
    CREATE = table(
        {"message": text(130, least=1)},
        {
            "alias": text(512), "description": text(15_000), "note": text(25_000),
            "responders": some(table({"name": text(), "type": one_of("team", "user")}), 0, 50),
            "actions": some(text(50), 0, 10), "tags": some(text(50), 0, 20),
            "details": {"type": "object", "additionalProperties": text()},
            "entity": text(512), "source": text(100),
            "priority": one_of("P1", "P2", "P3", "P4", "P5"), "user": text(100),
        },
    )  # fmt: skip
    NOTE = table({}, {"user": text(100), "source": text(100), "note": text(25_000)})
    ACTS: ClassVar = {"notes": "", "acknowledge": "acknowledged", "close": "resolved"}

    def answer(self, request: Request) -> Reply:
        same(request.headers.get("authorization"), f"GenieKey {TOKEN}", "authorization")
        if request.path == self.path:
            check(request.json, self.CREATE)
            alias = request.json["alias"]
            self.made[alias] = request.json
            self.state[alias] = "open"
        else:
            alias, act = request.path.removeprefix(f"{self.path}/").split("/")
            same(request.query, {"identifierType": "alias"}, "query")
            check(request.json, self.NOTE)
            self.state[alias] = self.ACTS[act] or self.state[alias]
        return Reply(202, {"result": "Request will be processed", "took": 0.1, "requestId": "r1"})


class JiraServiceManagement(Opsgenie):
    """developer.atlassian.com, Jira Service Management ops, Integration events."""

    path = "/jsm/ops/integration/v2/alerts"
