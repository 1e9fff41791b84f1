"""What webhook, splunk_hec, elasticsearch, ocsf, sentinel and alertmanager take and answer."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, ClassVar

from notify.channels.specification import (
    FREE,
    NUMBER,
    SECRET,
    STAMP,
    TOKEN,
    WHOLE,
    Schema,
    Service,
    bearer,
    check,
    same,
    some,
    table,
    text,
)
from notify.doubles import Reply, Request


class Webhook(Service):
    """standardwebhooks.com: headers and signature."""

    settings: ClassVar = {"secret": SECRET}
    path = "/hook"

    def answer(self, request: Request) -> Reply:
        import hashlib
        import hmac

        key, seconds = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = f"{key}.{seconds}.".encode() + request.content
        digest = hmac.new(TOKEN.encode(), signed, hashlib.sha256).digest()
        wanted = f"v1,{base64.b64encode(digest).decode()}"
        same(request.headers["webhook-signature"], wanted, "signature")
        check(request.json, {"required": ["schema_version", "type", "key", "incidents"]})
        self.made[key] = request.json
        self.state[request.json["key"]] = request.json["type"].partition(".")[2]
        return Reply(204)


class SplunkHec(Service):
    """docs.splunk.com, HTTP Event Collector: event, ack."""

    settings: ClassVar = {"token": SECRET, "index": "security", "acknowledged_within_s": 2.0}
    EVENT = table(
        {"event": FREE},
        {
            "time": NUMBER, "host": text(), "source": text(), "sourcetype": text(),
            "index": text(), "fields": {"type": "object", "additionalProperties": text()},
        },
    )  # fmt: skip

    def answer(self, request: Request) -> Reply:
        same(request.headers.get("authorization"), f"Splunk {TOKEN}", "authorization")
        channel = request.headers["x-splunk-request-channel"]
        check(channel, text(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"))
        if request.path == "/services/collector/event":
            check(request.json, self.EVENT)
            self.made[request.json["fields"]["key"]] = request.json
            return Reply(200, {"text": "Success", "code": 0, "ackId": len(self.made)})
        same(request.path, "/services/collector/ack", "path")
        same(request.query.get("channel"), channel, "channel")
        check(request.json, table({"acks": some(WHOLE, 1)}))
        self.state["asked"] = self.state.get("asked", "") + "x"
        written = len(self.state["asked"]) > 1  # the first time the indexers are not done
        return Reply(200, {"acks": {str(n): written for n in request.json["acks"]}})


class Elasticsearch(Service):
    """Elasticsearch, bulk API; documents by the ECS field reference."""

    settings: ClassVar = {"api_key": SECRET}

    def answer(self, request: Request) -> Reply:
        import json

        same(request.headers.get("authorization"), f"ApiKey {TOKEN}", "authorization")
        same(request.headers["content-type"], "application/x-ndjson", "content-type")
        same(request.path, "/logs-lynceus.incident-default/_bulk", "path")
        if not request.content.endswith(b"\n"):
            raise ValueError("the last line has no end")
        act, document = (json.loads(line) for line in request.content.decode().split("\n")[:2])
        check(act, table({"create": table({"_id": text(512, least=1)})}))
        key = act["create"]["_id"]
        if key in self.made:
            error = {"type": "version_conflict_engine_exception"}
            item = {"create": {"_id": key, "status": 409, "error": error}}
            return Reply(200, {"errors": True, "items": [item]})
        check_ecs(document)
        self.made[key] = document
        item = {"create": {"_id": key, "status": 201, "result": "created"}}
        return Reply(200, {"errors": False, "items": [item]})


ECS: dict[str, str] = {
    "@timestamp": "date", "message": "text", "ecs.version": "keyword", "event.id": "keyword",
    "event.kind": "keyword", "event.category": "keyword", "event.type": "keyword",
    "event.module": "keyword", "event.dataset": "keyword", "event.action": "keyword",
    "event.severity": "long", "event.risk_score": "float", "event.reason": "keyword",
    "event.start": "date", "event.end": "date", "observer.vendor": "keyword",
    "observer.product": "keyword", "observer.type": "keyword", "observer.name": "keyword",
    "rule.name": "keyword", "rule.ruleset": "keyword", "threat.framework": "keyword",
    "threat.technique.id": "keyword", "threat.technique.name": "keyword",
    "threat.technique.subtechnique.id": "keyword", "threat.tactic.name": "keyword",
    "related.ip": "ip", "related.hosts": "keyword", "source.address": "keyword",
    "source.ip": "ip", "destination.address": "keyword", "destination.ip": "ip",
    "destination.port": "long", "network.transport": "keyword", "network.protocol": "keyword",
    "dns.question.name": "keyword", "user.name": "keyword",
}  # fmt: skip
"""Fields of ECS 8.17 that are used, with their types."""
ECS_VALUES = {
    "event.kind": {"alert", "event"},
    "event.category": {"network", "intrusion_detection"},
    "event.type": {"info"},
}
"""Of these fields ECS says what they may hold."""


def flattened(document: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """A document by the dotted names of its leaves."""
    leaves: dict[str, Any] = {}
    for name, value in document.items():
        inner = flattened(value, f"{before}{name}.") if isinstance(value, dict) else None
        leaves |= inner if inner is not None else {f"{before}{name}": value}
    return leaves


def check_ecs(document: Mapping[str, Any]) -> None:
    """Complains about a field that is none of ECS's, or holds what it may not."""
    import ipaddress

    for name, value in flattened(document).items():
        if name.startswith(("labels.", "lynceus.")):
            continue
        kind = ECS[name]
        for one in value if isinstance(value, list) else [value]:
            if kind == "ip":
                ipaddress.ip_address(one)
            elif kind in ("long", "float"):
                check(one, WHOLE if kind == "long" else NUMBER)
            elif kind == "date":
                check(one, text(pattern=STAMP))
            else:
                check(one, text())
            if name in ECS_VALUES and one not in ECS_VALUES[name]:
                raise ValueError(f"{name}: {one!r}")


class Ocsf(Service):
    """A collector of JSON lists; what stands in them is checked by `test_ocsf.py`."""

    settings: ClassVar = {"token": SECRET}
    path = "/collect"

    def answer(self, request: Request) -> Reply:
        bearer(request)
        check(request.json, some({"required": ["class_uid", "metadata"]}, 1))
        for event in request.json:
            same(event["class_uid"], 2004, "class_uid")
            self.made[event["metadata"]["uid"]] = event
        return Reply(200)


RULE = "dcr-" + "0" * 32


class Sentinel(Service):
    """learn.microsoft.com, Logs Ingestion API, and OAuth 2.0 client credentials."""

    settings: ClassVar = {"tenant": "t1", "client": "c1", "client_secret": SECRET, "rule": RULE}

    def answer(self, request: Request) -> Reply:
        if request.path == "/t1/oauth2/v2.0/token":
            form = dict(part.split("=") for part in request.content.decode().split("&"))
            same(form["grant_type"], "client_credentials", "grant_type")
            same(form["client_secret"], TOKEN, "client_secret")
            same(form["scope"], "https%3A%2F%2Fmonitor.azure.com%2F.default", "scope")
            return Reply(200, {"token_type": "Bearer", "expires_in": 3599, "access_token": "a1"})
        same(request.headers.get("authorization"), "Bearer a1", "authorization")
        same(request.path, f"/dataCollectionRules/{RULE}/streams/Custom-Lynceus_CL", "path")
        same(request.query, {"api-version": "2023-01-01"}, "query")
        names = {column["name"]: column["type"] for column in shipped("sentinel-table.json")[
            "properties"]["schema"]["columns"]}  # fmt: skip
        kinds = {"string": text(), "datetime": text(pattern=STAMP), "real": NUMBER, "int": WHOLE}
        row = table({"TimeGenerated": kinds["datetime"]}, {n: kinds[k] for n, k in names.items()})
        check(request.json, some(row, 1))
        self.made[request.json[0]["Key"]] = request.json
        return Reply(204)


def shipped(name: str) -> Any:
    """One of the files that come with the channels."""
    import json
    from importlib import resources

    folder = resources.files("lynceus.notify").joinpath("files")
    return json.loads(folder.joinpath(name).read_text(encoding="utf-8"))


class Alertmanager(Service):
    """prometheus/alertmanager, api/v2/openapi.yaml: postableAlerts."""

    settings: ClassVar = {}
    LABELS: ClassVar[Schema] = {
        "type": "object",
        "additionalProperties": text(),
        "propertyNames": {"pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"},
    }
    ALERT = table(
        {"labels": LABELS},
        {
            "annotations": LABELS, "startsAt": text(pattern=STAMP), "endsAt": text(pattern=STAMP),
            "generatorURL": text(),
        },
    )  # fmt: skip

    def answer(self, request: Request) -> Reply:
        same(request.path, "/api/v2/alerts", "path")
        check(request.json, some(self.ALERT, 1))
        for alert in request.json:
            if alert["startsAt"] > alert["endsAt"]:
                raise ValueError("it ends before it begins")
            labels = str(sorted(alert["labels"].items()))
            self.made[labels] = alert
            over = alert["endsAt"] <= "2024-05-01T10:00:05Z"
            self.state[labels] = "resolved" if over else "open"
        return Reply(200)
