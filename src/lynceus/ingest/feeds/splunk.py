"""Events of Splunk, exported again and again by the time at which they were indexed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
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

EXPORT = "/services/search/v2/jobs/export"
WINDOW_S = 60
"""Most seconds of indexing that one search asks for."""
SETTLE_S = 5
"""Events of the last seconds are left for the next search."""


@dataclass(frozen=True)
class Splunk:
    """A search of Splunk, by its REST port: raw events of any kind that is read."""

    search: str
    """Which events, as in Splunk's search bar: `index=zeek sourcetype=bro:conn:json`."""
    url: str = "https://127.0.0.1:8089"
    """The management port; anything else than loopback over https."""
    token_file: str = ""
    """The file that holds the bearer token."""
    token_env: str = ""
    """The environment variable that holds the bearer token."""
    ca_file: str = ""
    """The certificates that are trusted; left out: those of the system."""
    back_s: float = 0.0
    """The first search begins so many seconds before now."""
    events_within_s: float = 86_400.0
    """Events that were indexed so long after they happened are not found."""
    page: int = 2000
    """Events of one chunk."""
    poll_s: float = 5.0
    """Seconds between searches."""
    overlap_s: float = 30.0
    """Each search looks back so far, for indexers whose clocks differ."""
    flows_of_events: bool = False
    """Whether flows are made of what events tell: where no flows are indexed."""
    lateness_s: float = 390.0
    """As of logs, and a minute for the way into the index."""
    pace: ClassVar[Literal["clock", "record"]] = "record"
    beside: ClassVar[tuple[str, ...]] = ("token_file", "ca_file")

    def usable(self, name: str) -> None:
        """Raises `FeedError` on a search of no events, and where secrets would be seen."""
        if not self.search.strip() or self.search.lstrip().startswith("|") or self.page < 1:
            raise FeedError(f"{name}: search: expected one of events, as index=zeek")
        guarded(name, self.url)

    def open(self, room: Room) -> Searching:
        """Connects. Raises `FeedError`."""
        self.usable(room.name)
        token = secret(room.name, self.token_env, self.token_file)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        search = _Search(self, room, client(room.name, self.url, self.ca_file, headers))
        return Searching(
            room, search.pages, search.close, poll_s=self.poll_s, overlap_s=self.overlap_s,
            lateness_s=self.lateness_s, derive_flows=self.flows_of_events,
        )  # fmt: skip


class _Search:
    def __init__(self, options: Splunk, room: Room, server: Any) -> None:
        self._options, self._room, self._server = options, room, server

    def close(self) -> None:
        self._server.close()

    def pages(self, since_ms: int | None, stop: threading.Event) -> Iterator[Page]:
        """The events indexed since, a minute after the other, each in the order of indexing."""
        now_s = self._room.clock() // 1_000_000_000 - SETTLE_S
        begin_s = now_s - int(self._options.back_s) if since_ms is None else since_ms // 1000
        while begin_s < now_s and not stop.is_set():
            end_s = min(begin_s + WINDOW_S, now_s)
            # A search may tell what was indexed in its last second before that second is over.
            found = sorted(self._found(begin_s, end_s), key=lambda d: (d.at_ms, d.digest))
            cuts = range(0, len(found), self._options.page)
            for at in cuts:
                part = found[at : at + self._options.page]
                last = at + self._options.page >= len(found)
                since = end_s * 1000 if last else part[-1].at_ms
                yield Page(part, since, more=not last or end_s < now_s)
            if not found:
                yield Page([], end_s * 1000, more=end_s < now_s)
            begin_s = end_s

    def _found(self, begin_s: int, end_s: int) -> Iterator[Document]:
        name = self._room.name
        search = self._options.search.strip()
        told = answered(
            name,
            lambda: self._server.post(
                EXPORT,
                data={
                    "search": search if search.startswith("search ") else f"search {search}",
                    "earliest_time": f"{begin_s - int(self._options.events_within_s)}",
                    "latest_time": f"{end_s + int(self._options.events_within_s)}",
                    "index_earliest": str(begin_s),
                    "index_latest": str(end_s),
                    "output_mode": "json",
                    "preview": "false",
                    "field_list": "_raw,_cd,_bkt,_indextime,index,_time",
                },
            ),
        )
        for line in told.text.split("\n"):
            if not line.strip():
                continue
            try:
                result = json.loads(line).get("result")
                if result is None:
                    continue
                key = digest(result.get("index", ""), result.get("_bkt", ""), result["_cd"])
                at_ms = int(float(result["_indextime"]) * 1000)
                raw = str(result["_raw"])
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                raise FeedError(f"{name}: an answer of another shape than an export has") from None
            yield Document(key, at_ms, raw.encode("utf-8", "replace"))
