"""abuse.ch ThreatFox: its exports as CSV and JSON, and its API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from lynceus.enrich.indicator import Entry
from lynceus.enrich.indicator_text import entries
from lynceus.intel.reading import document, malformed, objects, told, words
from lynceus.intel.web import Web

DAYS = 7
"""So far back the API is asked, the most it gives."""


class Threatfox:
    """ThreatFox; an address that ends in `/api/v1/` is asked as its API is."""

    title: ClassVar[str] = "abuse.ch ThreatFox: export as CSV or JSON, or the API (--key-env)"
    adds: ClassVar[bool] = False

    def entries(self, web: Web) -> Iterator[Entry]:
        """The entries in order."""
        if web.subscription.url.rstrip("/").endswith("/api/v1"):
            return self._of_api(web)
        text = web.text(headers={"Auth-Key": web.key()} if web.subscription.key else {})
        if not text.lstrip().startswith("{"):
            return entries(text)
        exported = document(web, text)
        rows = [row for value in exported.values() for row in _listed(value)]
        return _read(rows)

    @staticmethod
    def _of_api(web: Web) -> Iterator[Entry]:
        asked = {"query": "get_iocs", "days": DAYS}
        text = web.text(
            method="POST", headers={"Auth-Key": web.key()}, body=asked, conditional=False
        )
        answer = document(web, text)
        status = answer.get("query_status") if isinstance(answer, dict) else None
        if status == "no_result":
            return iter(())
        if status != "ok":
            raise web.error(f"answered {status!r}, expected 'ok'")
        return _read(answer.get("data"))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _read(rows: Any) -> Iterator[Entry]:
    for number, one in objects(rows):
        text = one and (told(one.get("ioc_value")) or told(one.get("ioc")))
        if not one or not text:
            yield malformed(number, one)
            continue
        kind = str(one.get("ioc_type", ""))
        yield Entry(
            number,
            text,
            told(one.get("malware_printable")) or told(one.get("malware")),
            confidence=_share(one.get("confidence_level")),
            kind="file" if kind.endswith("_hash") else None,
            tags=(*words(one.get("tags")), *words(one.get("threat_type"))),
            first_seen=told(one.get("first_seen_utc")) or told(one.get("first_seen")),
            last_seen=told(one.get("last_seen_utc")) or told(one.get("last_seen")),
        )


def _share(level: Any) -> str | None:
    return f"{level / 100:.4f}" if isinstance(level, int) and 0 <= level <= 100 else None
