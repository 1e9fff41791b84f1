"""abuse.ch Feodo Tracker: addresses of botnet command servers, as JSON, CSV or plain list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from lynceus.enrich.indicator import Entry
from lynceus.enrich.indicator_text import entries
from lynceus.intel.reading import document, malformed, objects, told, words
from lynceus.intel.web import Web


class Feodo:
    """Feodo Tracker. A server that was offline when it was listed counts for less."""

    title: ClassVar[str] = "abuse.ch Feodo Tracker: JSON, CSV or plain list"
    adds: ClassVar[bool] = False

    def entries(self, web: Web) -> Iterator[Entry]:
        """The entries in order."""
        text = web.text(headers={"Auth-Key": web.key()} if web.subscription.key else {})
        if not text.lstrip().startswith("["):
            yield from entries(text)
            return
        for number, one in objects(document(web, text)):
            if not one or not (address := told(one.get("ip_address"))):
                yield malformed(number, one)
                continue
            yield Entry(
                number,
                address,
                told(one.get("malware")),
                confidence="0.6" if one.get("status") == "offline" else "0.9",
                tags=words(one.get("status")),
                first_seen=told(one.get("first_seen")),
                last_seen=told(one.get("last_online")),
            )
