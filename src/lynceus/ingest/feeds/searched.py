"""What searches that are asked again and again have told: each document once.

Documents become findable late and out of order, so every search looks back a while. What was given
is known by its digest for as long; a place holds those, and how far the searches have come.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from lynceus.account import Account
from lynceus.ingest import ReadOptions, blocks
from lynceus.ingest.feeds.cuts import Cuts
from lynceus.ingest.feeds.feed import Chunk, FeedError, Place, Room
from lynceus.ingest.feeds.reached import Reached

ANSWER_BYTES = 256 << 20
"""Longest answer that is taken."""
REMEMBERED = 200_000
"""Most documents that are known again."""
LINE_BYTES = 1 << 20
TIMEOUT_S = 60.0


class Document(NamedTuple):
    """One thing that a search found."""

    digest: str
    """Of its name; equal names are one document."""
    at_ms: int
    """Where it stands in the order of the search, since 1970."""
    line: bytes


@dataclass(frozen=True)
class Page:
    """Some of what a search found."""

    documents: list[Document]
    since_ms: int
    """The search after this one begins here, less the overlap."""
    more: bool
    """Whether more of it follows at once."""


Find = Callable[[int | None, threading.Event], Iterator[Page]]
"""The pages of one search from a time on; None: from where the options say."""


def digest(*name: str) -> str:
    """16 hex digits of the name of a document."""
    return hashlib.sha256("\x1f".join(name).encode()).hexdigest()[:16]


def secret(name: str, env: str, file: str, environment: Mapping[str, str] = os.environ) -> str:
    """A secret from a file's first line or a variable; empty where none is named.

    Raises `FeedError`.
    """
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").split("\n", 1)[0].strip()
        except (OSError, UnicodeDecodeError):
            raise FeedError(f"{name}: {file}: cannot be read") from None
    if env and not environment.get(env):
        raise FeedError(f"{name}: the environment variable {env} is not set")
    return environment.get(env, "") if env else ""


def guarded(name: str, url: str) -> None:
    """Raises `FeedError` on an address that is none, or where a secret would go unprotected."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise FeedError(f"{name}: url {url!r}: expected https://host:port")
    loopback = parsed.host in ("localhost", "127.0.0.1", "::1")
    if parsed.scheme == "http" and not loopback:
        raise FeedError(f"{name}: url {url}: expected https")


def client(name: str, url: str, ca_file: str, headers: Mapping[str, str]) -> httpx.Client:
    """A client of a server. Raises `FeedError` where a secret would go out unprotected."""
    guarded(name, url)
    import ssl

    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except OSError:
        raise FeedError(f"{name}: ca_file {ca_file}: cannot be used") from None
    return httpx.Client(
        base_url=url, headers=dict(headers), verify=context, timeout=TIMEOUT_S, trust_env=False
    )


def answered(name: str, asked: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer to a request. Raises `FeedError` on any but a good one, in one line."""
    try:
        answer = asked()
    except httpx.HTTPError as error:
        raise FeedError(f"{name}: {' '.join(str(error).split()) or type(error).__name__}") from None
    if answer.status_code >= 300:
        said = " ".join(answer.text[:200].split())
        raise FeedError(f"{name}: {answer.request.url.path}: {answer.status_code} {said}")
    if len(answer.content) > ANSWER_BYTES:
        raise FeedError(f"{name}: an answer of more than {ANSWER_BYTES >> 20} MiB")
    return answer


class Searching:
    """A search that is asked again and again."""

    def __init__(  # noqa: PLR0913 - what the two kinds have in common
        self,
        room: Room,
        find: Find,
        shut: Callable[[], None],
        *,
        poll_s: float,
        overlap_s: float,
        lateness_s: float,
        derive_flows: bool,
    ) -> None:
        self._room, self._find, self._shut = room, find, shut
        self._poll_s, self._lateness_s = poll_s, lateness_s
        self._overlap_ms = int(overlap_s * 1000)
        self._read = ReadOptions(site=room.site, derive_flows=derive_flows)
        self._cuts = Cuts(room.folder / "cuts.jsonl")

    def kept(self, place: Place) -> None:
        """Forgets which documents were given up to there."""
        self._cuts.kept(place)

    def close(self) -> None:
        """Lets go of the connection."""
        self._shut()

    def chunks(self, place: Place, stop: threading.Event) -> Iterator[Chunk]:
        """What searches find that was not given; raises `FeedError` where they fail."""
        since = (place or {}).get("since_ms")
        while not stop.is_set():
            if (again := self._cuts.after(place)) is not None:
                yield self._given(self._once_more(place, again, stop), again)
                place, since = again, again["since_ms"]
                continue
            for page in self._find(self._back(since), stop):
                seen = (place or {}).get("seen", {})
                new = list({d.digest: d for d in page.documents if d.digest not in seen}.values())
                since = max(page.since_ms, since or 0)
                if new:
                    holding = [page.since_ms * 1_000_000] if page.more else []
                    chunk = self._given(new, self._after(place, new, since, holding))
                    self._cuts.made(place, chunk.place)
                    place = chunk.place
                    yield chunk
                if stop.is_set():
                    return
            stop.wait(self._poll_s)

    def _back(self, since_ms: int | None) -> int | None:
        return None if since_ms is None else since_ms - self._overlap_ms

    def _after(
        self, place: Place, new: list[Document], since_ms: int, holding: list[int]
    ) -> dict[str, Any]:
        """The place behind these documents."""
        before = place or {"seen": {}, "seen_ns": None, "past_ns": None}
        oldest = since_ms - self._overlap_ms
        seen = {**before["seen"], **{d.digest: d.at_ms for d in new}}
        seen = {name: ms for name, ms in seen.items() if ms >= oldest}
        if len(seen) > REMEMBERED:
            self._room.say(f"{self._room.name}: more than {REMEMBERED} documents in overlap_s")
            seen = dict(sorted(seen.items(), key=lambda one: one[1])[-REMEMBERED:])
        return {
            "since_ms": since_ms,
            "seen": seen,
            "given": [d.digest for d in new],
            "holding": holding,
            "seen_ns": before["seen_ns"],
            "past_ns": before["past_ns"],
        }

    def _once_more(
        self, place: Place, end: dict[str, Any], stop: threading.Event
    ) -> list[Document]:
        """The documents that were given between two places, in their order."""
        wanted = set(end["given"])
        found: dict[str, Document] = {}
        for page in self._find(self._back((place or {}).get("since_ms")), stop):
            found |= {d.digest: d for d in page.documents if d.digest in wanted}
            if len(found) == len(wanted) or stop.is_set():
                break
        return [found[name] for name in end["given"] if name in found]

    def _given(self, documents: list[Document], place: dict[str, Any]) -> Chunk:
        account = Account()
        short = [d.line for d in documents if len(d.line) <= LINE_BYTES]
        account.received += len(documents) - len(short)
        account.drop("line_too_long", len(documents) - len(short))
        text = b"".join(line.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n" for line in short)
        batch, read = blocks.batch_of(blocks.sorted_out(text, self._room.name), self._read)
        account.merge(read)
        reached = Reached(place["seen_ns"], place["past_ns"]).after(
            blocks.last_end_ns(batch), place["holding"], self._lateness_s
        )
        following = {**place, **asdict(reached)}
        batch = replace(batch, watermark_ns=reached.past_ns)
        return Chunk(batch, following, account, self._room.clock())
