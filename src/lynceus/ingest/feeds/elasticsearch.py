"""Documents of Elasticsearch, searched again and again: what Beats and agents put there.

Each search opens a point in time and pages through it in the order of the time field.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal

from lynceus.ingest.feeds.feed import FeedError, Room
from lynceus.ingest.feeds.searched import (
    Document,
    Page,
    Searching,
    answered,
    client,
    digest,
    guarded,
    secret,
)

KEEP_ALIVE = "2m"


@dataclass(frozen=True)
class Elasticsearch:
    """An index pattern of Elasticsearch: ECS documents, or any that hold the line they are of."""

    index: str
    """Indices, data streams or aliases; patterns and several with commas between."""
    url: str = "http://127.0.0.1:9200"
    """The server; anything else than loopback over https."""
    query: str = "*"
    """Which documents, in Lucene's query syntax."""
    time_field: str = "@timestamp"
    """The field by which documents are ordered; `event.ingested` needs less overlap."""
    begin: Literal["now", "earliest"] = "now"
    """Where the first search begins."""
    api_key_file: str = ""
    """The file that holds the API key."""
    api_key_env: str = ""
    """The environment variable that holds the API key."""
    ca_file: str = ""
    """The certificates that are trusted; left out: those of the system."""
    page: int = 2000
    """Documents of one answer, at most 10,000."""
    poll_s: float = 5.0
    """Seconds between searches."""
    overlap_s: float = 60.0
    """Each search looks back so far for documents that came late."""
    flows_of_events: bool = False
    """Whether flows are made of what events tell: where no flows are indexed."""
    lateness_s: float = 390.0
    """As of logs, and a minute for the way into the index."""
    pace: ClassVar[Literal["clock", "record"]] = "record"
    beside: ClassVar[tuple[str, ...]] = ("api_key_file", "ca_file")

    def usable(self, name: str) -> None:
        """Raises `FeedError` where no index is named, and where secrets would be seen."""
        if not self.index or not 0 < self.page <= 10_000:
            raise FeedError(f"{name}: expected an index, and a page of 1 to 10000")
        guarded(name, self.url)

    def open(self, room: Room) -> Searching:
        """Connects. Raises `FeedError`."""
        self.usable(room.name)
        key = secret(room.name, self.api_key_env, self.api_key_file)
        headers = {"Authorization": f"ApiKey {key}"} if key else {}
        search = _Search(self, room, client(room.name, self.url, self.ca_file, headers))
        return Searching(
            room, search.pages, search.close, poll_s=self.poll_s, overlap_s=self.overlap_s,
            lateness_s=self.lateness_s, derive_flows=self.flows_of_events,
        )  # fmt: skip


class _Search:
    def __init__(self, options: Elasticsearch, room: Room, server: Any) -> None:
        self._options, self._room, self._server = options, room, server

    def close(self) -> None:
        self._server.close()

    def pages(self, since_ms: int | None, stop: threading.Event) -> Iterator[Page]:
        """The documents from a time on, in its order."""
        options, name = self._options, self._room.name
        if since_ms is None:
            since_ms = 0 if options.begin == "earliest" else self._room.clock() // 1_000_000
        opened = answered(
            name,
            lambda: self._server.post(f"/{options.index}/_pit", params={"keep_alive": KEEP_ALIVE}),
        )
        pit = _field(name, opened.json(), "id")
        after: list[Any] | None = None
        try:
            while not stop.is_set():
                told = answered(
                    name,
                    partial(self._server.post, "/_search", json=self._body(pit, since_ms, after)),
                )
                answer = told.json()
                pit = answer.get("pit_id", pit)
                hits = _field(name, _field(name, answer, "hits"), "hits")
                if not hits:
                    return
                documents = [self._document(hit) for hit in hits]
                after = hits[-1]["sort"]
                yield Page(documents, documents[-1].at_ms, len(hits) == options.page)
                if len(hits) < options.page:
                    return
        except (KeyError, TypeError, ValueError, AttributeError):
            raise FeedError(f"{name}: an answer of another shape than a search has") from None
        finally:
            self._let_go(pit)

    def _body(self, pit: str, since_ms: int, after: list[Any] | None) -> dict[str, Any]:
        field = self._options.time_field
        body: dict[str, Any] = {
            "size": self._options.page,
            "pit": {"id": pit, "keep_alive": KEEP_ALIVE},
            "track_total_hits": False,
            "query": {
                "bool": {
                    "filter": [
                        {"range": {field: {"gte": since_ms, "format": "epoch_millis"}}},
                        {"query_string": {"query": self._options.query}},
                    ]
                }
            },
            "sort": [{field: {"order": "asc"}}, {"_shard_doc": "asc"}],
        }
        return body if after is None else {**body, "search_after": after}

    @staticmethod
    def _document(hit: dict[str, Any]) -> Document:
        source = hit["_source"]
        event = source.get("event")
        original = event.get("original") if isinstance(event, dict) else None
        line = original if isinstance(original, str) else json.dumps(source)
        at = int(hit["sort"][0])
        # A field of nanoseconds sorts by them.
        at_ms = at // 1_000_000 if at > 1 << 50 else at
        return Document(digest(hit["_index"], hit["_id"]), at_ms, line.encode("utf-8", "replace"))

    def _let_go(self, pit: str) -> None:
        try:
            answered(
                self._room.name,
                lambda: self._server.request("DELETE", "/_pit", json={"id": pit}),
            )
        except (FeedError, RuntimeError):
            return  # It goes by itself after its time.


def _field(name: str, answer: Any, key: str) -> Any:
    if not isinstance(answer, dict) or key not in answer:
        raise FeedError(f"{name}: the answer has no {key!r}: is this Elasticsearch 7.12 or later?")
    return answer[key]
