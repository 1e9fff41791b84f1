"""A MISP server: the attributes for detection that it has, those changed since the last reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from lynceus.enrich.indicator import Entry
from lynceus.intel.feeds.misp_event import entry
from lynceus.intel.reading import document, objects
from lynceus.intel.web import MOST_PAGES, Web

PAGE = 5_000


class MispRest:
    """`/attributes/restSearch`, page by page."""

    title: ClassVar[str] = "MISP server by REST (--key-env)"
    adds: ClassVar[bool] = True

    def entries(self, web: Web) -> Iterator[Entry]:
        """Published attributes with `to_ids`."""
        address = f"{web.subscription.url.rstrip('/')}/attributes/restSearch"
        asked: dict[str, Any] = {
            "returnFormat": "json", "to_ids": 1, "published": 1, "deleted": 0,
            "includeEventTags": 1, "enforceWarninglist": 0, "limit": PAGE,
        }  # fmt: skip
        if web.since_ns is not None:
            asked["timestamp"] = web.since_ns // 10**9
        headers = {"Authorization": web.key(), "Accept": "application/json"}
        number = 0
        for page in range(1, MOST_PAGES):
            text = web.text(
                address, method="POST", headers=headers, body={**asked, "page": page},
                conditional=False,
            )  # fmt: skip
            answer = document(web, text)
            given = answer.get("response") if isinstance(answer, dict) else None
            rows = given.get("Attribute") if isinstance(given, dict) else None
            if not isinstance(rows, list):
                raise web.error("the answer holds no attributes")
            for _, one in objects(rows):
                number += 1
                event = one.get("Event") if one else None
                yield from entry(number, one, event if isinstance(event, dict) else {})
            if len(rows) < PAGE:
                return
