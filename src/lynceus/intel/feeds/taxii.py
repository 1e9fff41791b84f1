"""TAXII 2.1: the objects of a collection, page by page, only those added since the last reading.

TAXII Version 2.1, OASIS Standard, section 5.4 (Get Objects).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import quote

from lynceus.enrich.indicator import Entry
from lynceus.intel.feeds.stix_bundle import entries_of
from lynceus.intel.reading import document, objects, told
from lynceus.intel.web import MOST_PAGES, Web

MEDIA = "application/taxii+json;version=2.1"
PAGE = "1000"


class Taxii:
    """A collection of a TAXII 2.1 server; its address is that of the API root."""

    title: ClassVar[str] = "TAXII 2.1 collection (address of the API root, --collection)"
    adds: ClassVar[bool] = True

    def entries(self, web: Web) -> Iterator[Entry]:
        """What the indicators of the collection compare with."""
        root = web.subscription.url.rstrip("/")
        path = f"{root}/collections/{quote(self._collection(web, root))}/objects/"
        params = {"limit": PAGE}
        if web.since:
            params["added_after"] = web.since
        found: list[Any] = []
        for _ in range(MOST_PAGES):
            envelope = self._asked(web, path, params)
            page = envelope.get("objects") or []
            if not isinstance(page, list):
                raise web.error("the answer is no TAXII envelope: objects is no list")
            found += page
            more = told(envelope.get("next"))
            if envelope.get("more") is not True or not more or not page:
                break
            params["next"] = more
        return entries_of(found)

    def _collection(self, web: Web, root: str) -> str:
        """The id of the collection that is wanted by its id, alias or title."""
        wanted = web.subscription.collection
        answer = self._asked(web, f"{root}/collections/", {})
        there = [one for _, one in objects(answer.get("collections")) if one]
        for one in there:
            if wanted in (one.get("id"), one.get("alias"), one.get("title")):
                if one.get("can_read") is False:
                    raise web.error(f"collection {wanted!r} may not be read with this key")
                return str(one.get("id"))
        titles = ", ".join(sorted(repr(one.get("title")) for one in there)) or "none"
        raise web.error(f"has no collection {wanted!r}; it has {titles}")

    @staticmethod
    def _asked(web: Web, address: str, params: dict[str, str]) -> dict[str, Any]:
        headers = {"Accept": MEDIA, **web.basic()}
        if web.subscription.key and not web.subscription.user:
            headers["Authorization"] = f"Bearer {web.key()}"
        answer = document(web, web.text(address, headers=headers, params=params, conditional=False))
        if not isinstance(answer, dict):
            raise web.error("the answer is no TAXII resource")
        return answer
