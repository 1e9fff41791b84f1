"""Elasticsearch or OpenSearch: documents of the Elastic Common Schema into a data stream.

A document's id is the key of the message, so that what is sent twice is there once. The index
template of the data stream is among the channel's files. Source: Elasticsearch bulk API and
"Set up a data stream"; ECS field reference.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from pydantic import Field

from lynceus.notify.channel import Locked, Refused, Unavailable
from lynceus.notify.ecs import ecs
from lynceus.notify.notice import Notice, Said
from lynceus.notify.service import TOLD, HttpChannel
from lynceus.secret import Secret
from lynceus.shown import shown

THERE = 409
"""Status of a document that is in the stream already."""


class Elasticsearch(HttpChannel):
    """A cluster, by its address without a path."""

    for_people: ClassVar[bool] = False
    most: int = 0
    stream: str = Field(default="logs-lynceus.incident-default", pattern=r"^[a-z0-9][a-z0-9._-]*$")
    api_key: Secret | None = None
    user: str | None = None
    password: Secret | None = None

    def headers(self) -> dict[str, str]:
        """An API key, or user and password."""
        from base64 import b64encode

        if self.api_key:
            return {"Authorization": f"ApiKey {self.api_key.reveal()}"}
        if self.user and self.password:
            pair = b64encode(f"{self.user}:{self.password.reveal()}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        return {}

    def send(self, notice: Notice) -> Said:
        """One document."""
        lines = ({"create": {"_id": notice.key}}, ecs(notice))
        content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        answer = self.ask(
            "POST", f"{self.stream}/_bulk", content=content.encode(),
            headers={"Content-Type": "application/x-ndjson"},
        )  # fmt: skip
        return self._said(answer.json)

    def _said(self, told: Any) -> Said:
        try:
            item = told["items"][0]["create"]
            status = int(item["status"])
        except (KeyError, IndexError, TypeError, ValueError):
            raise Unavailable(f"{self.name}: its answer is none of the bulk API") from None
        if status == THERE:
            return Said("409 it was there already")
        if 200 <= status < 300:
            return Said(f"{status} {item.get('result', '')}".strip())
        why = shown(json.dumps(item.get("error"), ensure_ascii=False))[:TOLD]
        if status == 429 or status >= 500:
            raise Unavailable(f"{status} {why}")
        if status in (401, 403, 404):
            raise Locked(f"{status} {why}")
        raise Refused(f"{status} {why}")
