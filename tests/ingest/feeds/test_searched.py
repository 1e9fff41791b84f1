"""Elasticsearch and Splunk: each document once, whatever the servers do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.feeds.taking import nothing_more, room, same, take, whole
from lynceus.ingest.feeds import kinds
from lynceus.ingest.feeds.elasticsearch import Elasticsearch
from lynceus.ingest.feeds.feed import Chunk, FeedError
from lynceus.ingest.feeds.searched import Document, Page, Searching
from lynceus.ingest.feeds.splunk import Splunk

BEGIN_S = 1767225600
SECRET = "open-sesame"  # noqa: S105 - of the test's own server


def document(number: int) -> dict[str, Any]:
    """A connection of Zeek as Filebeat's module indexes it."""
    return {
        "@timestamp": f"2026-01-01T00:{number // 60:02d}:{number % 60:02d}.000Z",
        "ecs": {"version": "1.12.0"},
        "event": {"dataset": "zeek.connection", "module": "zeek", "duration": 500_000_000,
                  "kind": "event"},
        "source": {"ip": "10.0.0.1", "port": 4000 + number, "bytes": 400, "packets": 4},
        "destination": {"ip": "192.0.2.1", "port": 443, "bytes": 800, "packets": 5},
        "network": {"transport": "tcp"},
        "zeek": {"session_id": f"C{number}", "connection": {"state": "SF"}},
    }  # fmt: skip


class Server(ThreadingHTTPServer):
    """What both servers of the tests have: documents, faults, and what was wrong of requests."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.documents: list[tuple[int, dict[str, Any]]] = []
        self.faults: list[int] = []
        self.wrong: list[str] = []
        self.pits: set[str] = set()
        self.opened = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: Any) -> None: ...

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status: int, body: Any) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refused(self, scheme: str) -> bool:
        if self.headers.get("Authorization") != f"{scheme} {SECRET}":
            self.answer(401, {"error": "security_exception"})
            return True
        if self.server.faults:
            self.answer(self.server.faults.pop(), {"error": "try later"})
            return True
        return False


class ElasticHandler(Handler):
    """Open and close a point in time, search with search_after: requests as the API has them."""

    def do_POST(self) -> None:
        body, url = self.body(), urlparse(self.path)
        if self.refused("ApiKey"):
            return
        if url.path == "/zeek-*/_pit" and parse_qs(url.query).get("keep_alive"):
            self.server.opened += 1
            self.server.pits.add(pit := f"pit{self.server.opened}")
            self.answer(200, {"id": pit})
            return
        if url.path != "/_search":
            self.server.wrong.append(self.path)
            self.answer(400, {"error": "no such request"})
            return
        told = json.loads(body)
        if told["pit"]["id"] not in self.server.pits or set(told) - {
            "size", "pit", "track_total_hits", "query", "sort", "search_after"
        }:  # fmt: skip
            self.server.wrong.append(str(told))
        (ranged, _) = told["query"]["bool"]["filter"]
        since = ranged["range"]["@timestamp"]["gte"]
        after = told.get("search_after", [-1, -1])
        hits = [
            {"_index": "zeek-1", "_id": str(number), "_source": one, "sort": [at, number]}
            for number, (at, one) in enumerate(self.server.documents)
            if at >= since
        ]
        hits.sort(key=lambda hit: hit["sort"])
        hits = [hit for hit in hits if hit["sort"] > after][: told["size"]]
        self.answer(200, {"pit_id": told["pit"]["id"], "hits": {"hits": hits}})

    def do_DELETE(self) -> None:
        self.server.pits.discard(json.loads(self.body())["id"])
        self.answer(200, {"succeeded": True})


class SplunkHandler(Handler):
    """Exports events by the time at which they were indexed."""

    def do_POST(self) -> None:
        told = {name: values[0] for name, values in parse_qs(self.body().decode()).items()}
        if self.refused("Bearer"):
            return
        if self.path != "/services/search/v2/jobs/export" or told["search"] != "search index=zeek":
            self.server.wrong.append(f"{self.path} {told}")
        begin, end = float(told["index_earliest"]), float(told["index_latest"])
        results = [
            {"preview": False, "offset": number, "result": {
                "_raw": json.dumps(one), "_cd": f"5:{number}", "_bkt": "zeek~5", "index": "zeek",
                "_indextime": str(at / 1000), "_time": "x"}}
            for number, (at, one) in enumerate(self.server.documents)
            if begin <= at / 1000 < end
        ]  # fmt: skip
        lines = [json.dumps(one) for one in reversed(results)]
        self.answer(200, "\n".join([*lines, '{"preview":false,"lastrow":true}']).encode())


@pytest.fixture(params=["elasticsearch", "splunk"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    handler = ElasticHandler if request.param == "elasticsearch" else SplunkHandler
    with Server(handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield running
        running.shutdown()


def searching(server: Server, folder: Path, **more: Any) -> Searching:
    secret = folder / "secret"
    secret.write_text(more.pop("secret", SECRET) + "\n", encoding="utf-8")
    common = {"url": server.url, "poll_s": 0.05, "page": 3, **more}
    place = room(folder)
    at = type(place)(place.name, place.site, place.folder, lambda: (BEGIN_S + 40) * 10**9)
    if server.RequestHandlerClass is ElasticHandler:
        options: Any = Elasticsearch(
            index="zeek-*", begin="earliest", api_key_file=str(secret), **common
        )
    else:
        options = Splunk(search="index=zeek", back_s=40, token_file=str(secret), **common)
    assert SECRET not in repr(options)
    return options.open(at)


def told_of(count: int) -> Callable[[list[Chunk]], bool]:
    """Until so many documents have come."""
    return lambda chunks: sum(chunk.account.received for chunk in chunks) >= count


def add(server: Server, *numbers: int) -> None:
    server.documents += [((BEGIN_S + n) * 1000, document(n)) for n in numbers]


def test_they_are_kinds_of_source() -> None:
    assert kinds()["elasticsearch"] is Elasticsearch
    assert kinds()["splunk"] is Splunk


def test_each_document_once_also_those_that_came_late(server: Server, tmp_path: Path) -> None:
    add(server, *range(10, 20))
    reading = searching(server, tmp_path)
    first = take(reading, until=told_of(10))
    assert all(chunk.account.received <= 3 for chunk in first), "a chunk is a page"
    assert not nothing_more(reading, first[-1].place, 0.4)
    late = take(
        reading, first[-1].place, until=told_of(3), meanwhile=lambda: add(server, 15, 21, 30)
    )
    batch, account = whole(first + late)
    assert sorted(batch.flows["orig_p"]) == sorted([*range(4010, 4020), 4015, 4021, 4030])
    assert account.balanced
    (one,) = batch.flows.filter(batch.flows["orig_p"] == 4030).rows(named=True)
    assert (one["orig_bytes"], one["resp_packets"], one["proto"], one["source_uid"]) == (
        400,
        5,
        "tcp",
        "C30",
    )
    assert (one["ts_ns"], one["end_ns"]) == (
        (BEGIN_S + 30) * 10**9,
        (BEGIN_S + 30) * 10**9 + 5 * 10**8,
    )
    assert late[-1].batch.watermark_ns == one["end_ns"] - 390 * 10**9
    assert not server.wrong
    reading.close()


def test_equal_chunks_come_again_after_a_crash(server: Server, tmp_path: Path) -> None:
    add(server, *range(10, 20))
    chunks = take(searching(server, tmp_path), until=told_of(10))
    add(server, 12, 18)
    resumed = searching(server, tmp_path)
    count = len(chunks) - 1
    again = take(resumed, chunks[0].place, until=lambda told: len(told) == count)
    assert same(again, chunks[1:])
    more = take(resumed, again[-1].place, until=told_of(2))
    assert whole(more)[1].received == 2
    resumed.kept(more[-1].place)


def test_a_server_that_fails_is_told_in_one_line_and_asked_again(
    server: Server, tmp_path: Path
) -> None:
    add(server, 10, 11)
    server.faults = [503]
    reading = searching(server, tmp_path)
    with pytest.raises(FeedError, match="503") as told:
        take(reading, until=told_of(2))
    assert "\n" not in str(told.value)
    assert told_of(2)(take(reading, until=told_of(2)))
    with pytest.raises(FeedError, match="401") as told:
        take(searching(server, tmp_path, secret="wrong"), until=told_of(1))  # noqa: S106
    assert "wrong" not in str(told.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (Elasticsearch(index=""), "expected an index"),
        (Elasticsearch(index="x", page=20_000), "10000"),
        (Elasticsearch(index="x", url="http://192.0.2.1:9200"), "expected https"),
        (Elasticsearch(index="x", url="nonsense"), "expected https"),
        (Elasticsearch(index="x", api_key_file="nowhere"), "cannot be read"),
        (Elasticsearch(index="x", ca_file="nowhere"), "cannot be used"),
        (Splunk(search="| tstats count"), "expected one of events"),
        (Splunk(search="index=x", token_env="LYNCEUS_NOT_SET"), "is not set"),  # noqa: S106
    ],
)
def test_options_that_cannot_be(tmp_path: Path, options: Any, said: str) -> None:
    with pytest.raises(FeedError, match=said):
        options.open(room(tmp_path))


NOISE = [json.dumps(document(1)).encode(), b'{"@timestamp":1,"event":{},"destination":{}}', b"{"]
LINES = st.one_of(st.binary(max_size=40), st.sampled_from(NOISE))


@settings(max_examples=8)
@given(st.lists(LINES, max_size=5))
def test_no_document_breaks_it(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    documents = [Document(str(n), 1000 + n, line) for n, line in enumerate(lines)]
    pages = [Page(documents, 2000, more=False)]
    reading = Searching(
        room(tmp_path_factory.mktemp("room")), lambda *_: iter(pages), lambda: None, poll_s=0.01,
        overlap_s=60, lateness_s=0, derive_flows=False,
    )  # fmt: skip
    if documents:
        (chunk,) = take(reading, until=bool)
        assert chunk.account.balanced
        assert chunk.account.received <= len(lines)
