"""ThreatConnect: indicators of its API v3, each request signed with the secret of a user.

The signature is HMAC-SHA256 over `path?query:METHOD:timestamp`, as the documentation of the API
("Authenticate", v3) has it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from lynceus.enrich.indicator import Entry
from lynceus.intel.reading import Object, document, malformed, objects, told
from lynceus.intel.web import MOST_PAGES, Web

PAGE = 1000
USED = {"Address", "Host", "URL", "CIDR"}
"""Types of indicators that traffic can meet."""


class Threatconnect:
    """The API v3; its address is that of the instance, `--user` is the access id."""

    title: ClassVar[str] = "ThreatConnect v3 API (--user ACCESS-ID --key-env)"
    adds: ClassVar[bool] = True

    def entries(self, web: Web) -> Iterator[Entry]:
        """All active indicators, those changed since the last reading."""
        root = web.subscription.url.rstrip("/").removesuffix("/api")
        number = 0
        for page in range(MOST_PAGES):
            params = {"fields": "tags", "resultStart": str(page * PAGE), "resultLimit": str(PAGE)}
            if web.since:
                params["tql"] = f'lastModified >= "{web.since}"'
            address = f"{root}/api/v3/indicators?{urlencode(params)}"
            text = web.text(address, headers=self._signed(web, address), conditional=False)
            answer = document(web, text)
            rows = answer.get("data") if isinstance(answer, dict) else None
            if not isinstance(rows, list):
                raise web.error("the answer is no page of indicators: it has no data")
            for _, one in objects(rows):
                number += 1
                if one and one.get("active") is False:
                    continue
                yield _entry(number, one)
            if not answer.get("next") or not rows:
                return

    @staticmethod
    def _signed(web: Web, address: str) -> dict[str, str]:
        parts = urlsplit(address)
        at = str(int(time.time()))  # noqa: TID251 - the service wants the time of the request
        said = f"{parts.path}?{parts.query}:GET:{at}".encode()
        digest = hmac.new(web.key().encode(), said, hashlib.sha256).digest()
        signature = base64.b64encode(digest).decode()
        return {"Timestamp": at, "Authorization": f"TC {web.subscription.user}:{signature}"}


def _entry(number: int, one: Object | None) -> Entry:
    text = one and told(one.get("summary"))
    if not one or not text:
        return malformed(number, one)
    tags = tuple(t for t in (_tag(o) for _, o in objects(_data(one.get("tags")))) if t)
    sure = one.get("confidence")
    return Entry(
        number,
        text,
        next(iter(tags), None),
        confidence=f"{sure / 100:.2f}" if isinstance(sure, int) and 0 <= sure <= 100 else None,
        kind=None if one.get("type") in USED else "file",
        tags=tags,
        first_seen=told(one.get("dateAdded")),
        last_seen=told(one.get("lastModified")),
    )


def _data(value: Any) -> Any:
    return value.get("data") if isinstance(value, dict) else None


def _tag(one: Object | None) -> str | None:
    return told(one.get("name")) if one else None
