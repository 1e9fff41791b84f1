"""A MISP feed: a folder with `manifest.json` and an event a file, on a server or on disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from lynceus.enrich.indicator import Entry
from lynceus.intel.feeds.misp_event import entries_of
from lynceus.intel.reading import document
from lynceus.intel.web import Web

MOST_EVENTS = 20_000


class MispFeed:
    """The events of the manifest. One that is as it was leaves nothing to do."""

    title: ClassVar[str] = "MISP feed: folder with manifest.json"
    adds: ClassVar[bool] = False

    def entries(self, web: Web) -> Iterator[Entry]:
        """The attributes of all events, by the id of the event."""
        root = web.subscription.url.removesuffix("manifest.json").rstrip("/")
        manifest = document(web, web.text(f"{root}/manifest.json", headers=web.basic()))
        if not isinstance(manifest, dict):
            raise web.error("manifest.json: expected an object with an entry an event")
        for event in sorted(map(str, manifest))[:MOST_EVENTS]:
            if "/" in event or event.startswith("."):
                raise web.error(f"manifest.json: {event[:40]!r} is no id of an event")
            text = web.text(f"{root}/{event}.json", headers=web.basic(), conditional=False)
            yield from entries_of(web, document(web, text))
