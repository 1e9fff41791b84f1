"""`taxii`: a real TAXII 2.1 server (medallion) and one that misbehaves."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import medallion
import pytest

from intel.reading_feeds import entries, kinds
from intel.served import Answer, Asked, served
from lynceus.intel.web import FeedError

COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
MEDIA = "application/taxii+json;version=2.1"


def indicator(number: int) -> dict[str, object]:
    return {
        "type": "indicator", "spec_version": "2.1",
        "id": f"indicator--00000000-0000-4000-8000-{number:012}",
        "created": "2024-01-01T00:00:00.000Z", "modified": "2024-01-01T00:00:00.000Z",
        "valid_from": "2024-01-01T00:00:00.000Z", "pattern_type": "stix",
        "pattern": f"[domain-name:value = 'n{number}.example']",
    }  # fmt: skip


class _Silent(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Nothing is printed."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an API root of medallion, with a collection of seven indicators."""
    objects = [{**indicator(n), "_date_added": f"2024-01-0{n}T00:00:00.000Z"} for n in range(1, 8)]
    manifest = [
        {"id": o["id"], "date_added": o.pop("_date_added"), "media_type":
         "application/stix+json;version=2.1", "version": o["modified"]} for o in objects
    ]  # fmt: skip
    stored = {
        "/discovery": {"title": "t", "api_roots": ["http://localhost/api/"]},
        "api": {
            "information": {"title": "r", "versions": [MEDIA], "max_content_length": 10**6},
            "status": [],
            "collections": [
                {"id": COLLECTION, "title": "Botnets", "can_read": True, "can_write": True,
                 "media_types": ["application/stix+json;version=2.1"],
                 "objects": objects, "manifest": manifest},
            ],
        },
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("taxii")
    (folder / "data.json").write_text(json.dumps(stored))
    backend = {
        "module": "medallion.backends.memory_backend", "module_class": "MemoryBackend",
        "filename": str(folder / "data.json"),
    }  # fmt: skip
    config = {
        "backend": backend, "users": {"ada": "s3cret"}, "taxii": {"max_page_size": 3},
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    app = medallion.load_app(str(folder / "config.json"))
    server = make_server("127.0.0.1", 0, app, handler_class=_Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("TAXII_PASSWORD", "s3cret")
    return {"env": "TAXII_PASSWORD"}


@pytest.mark.parametrize("collection", ["Botnets", COLLECTION])
def test_all_pages_of_a_collection(root: str, key: dict[str, str], collection: str) -> None:
    found = entries("taxii", root, user="ada", key=key, collection=collection)
    assert [k for _, k in kinds(found)] == [f"n{n}.example" for n in range(1, 8)]


def test_only_what_was_added_since(root: str, key: dict[str, str]) -> None:
    since_ns = 1_704_412_800 * 10**9  # 2024-01-05
    found = entries("taxii", root, user="ada", key=key, collection="Botnets", since_ns=since_ns)
    assert [k for _, k in kinds(found)] == ["n6.example", "n7.example"]


def test_a_wrong_password_or_collection_is_one_line(
    root: str, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FeedError, match="has no collection 'x'; it has 'Botnets'"):
        entries("taxii", root, user="ada", key=key, collection="x")
    monkeypatch.setenv("TAXII_PASSWORD", "wr0ng")
    with pytest.raises(FeedError, match=r"^feed feed: 127\.0\.0\.1/api/collections/: 401") as error:
        entries("taxii", root, user="ada", key=key, collection="x")
    assert "wr0ng" not in str(error.value)


def test_a_server_that_never_ends_its_pages_is_left() -> None:
    def reply(asked: Asked) -> Answer:
        assert asked.headers["accept"] == MEDIA
        if asked.path.endswith("/collections/"):
            return Answer({"collections": [{"id": "c", "title": "c", "can_read": True}]})
        return Answer({"more": True, "next": "n", "objects": []})

    with served(reply) as server:
        assert entries("taxii", server.url, collection="c") == []
    with (
        served(Answer({"collections": [{"id": "c", "can_read": False}]})) as server,
        pytest.raises(FeedError, match="may not be read"),
    ):
        entries("taxii", server.url, collection="c")
    with served(Answer("[]")) as server, pytest.raises(FeedError, match="no TAXII resource"):
        entries("taxii", server.url, collection="c")


def test_the_door_is_the_same_for_a_file(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="cannot be read"):
        entries("taxii", tmp_path / "none", collection="c")
