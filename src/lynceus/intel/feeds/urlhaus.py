"""abuse.ch URLhaus: its lists of addresses of pages that hand out malware, as CSV, JSON or text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from lynceus.enrich.indicator import Entry
from lynceus.enrich.indicator_text import entries
from lynceus.intel.reading import document, malformed, objects, told, words
from lynceus.intel.web import Web


class Urlhaus:
    """URLhaus."""

    title: ClassVar[str] = "abuse.ch URLhaus: CSV, JSON or plain list"
    adds: ClassVar[bool] = False

    def entries(self, web: Web) -> Iterator[Entry]:
        """The entries in order, each called malware delivery where its row says no more."""
        text = web.text(headers={"Auth-Key": web.key()} if web.subscription.key else {})
        if not text.lstrip().startswith("{"):
            for entry in entries(text):
                yield entry._replace(source=None, name=_name(entry.tags))
            return
        exported = document(web, text)
        rows = [r for v in exported.values() for r in (v if isinstance(v, list) else [v])]
        for number, one in objects(rows):
            if not one or not (address := told(one.get("url"))):
                yield malformed(number, one)
                continue
            tags = words(one.get("tags"))
            yield Entry(
                number,
                address,
                _name(tags),
                tags=(*tags, *words(one.get("threat"))),
                first_seen=told(one.get("dateadded")),
                last_seen=told(one.get("last_online")),
            )


def _name(tags: tuple[str, ...]) -> str:
    return f"malware delivery ({', '.join(tags[:3])})" if tags else "malware delivery"
