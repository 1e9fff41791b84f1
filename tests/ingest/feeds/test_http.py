"""Objects that are posted: `http`, `received`, `credentials`."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynceus.ingest.feeds import http, streams
from lynceus.ingest.feeds.feed import FeedError
from lynceus.ingest.feeds.http import Http, Serving, objects

from .certificates import certified, client_context
from .objects import MIXED, STRANGE, eve, own, zeek
from .taking import at_least, room, rows, same, take, whole

TOKEN = "a token of more than 16"  # noqa: S105


@contextmanager
def serving(folder: Path, said: list[str] | None = None, **options: Any) -> Iterator[Serving]:
    options = {"listen": ("127.0.0.1:0",), **options}
    reading = Http(**options).open(room(folder, said))
    try:
        yield reading
    finally:
        reading.close()


def lines(*objects: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in objects)


def zstd(data: bytes) -> bytes:
    """A frame of one block that is not compressed."""
    assert len(data) < 1 << 16
    size = len(data) - 256
    head = b"\x28\xb5\x2f\xfd\x60" + size.to_bytes(2, "little")
    return head + (len(data) << 3 | 1).to_bytes(3, "little") + data


def hosts(chunks: list[Any]) -> list[str]:
    return sorted(whole(chunks)[0].flows["orig_h"])


def test_every_form_of_body_is_taken(tmp_path: Path) -> None:
    bodies: list[tuple[bytes, dict[str, str]]] = [
        (lines(eve(1), zeek(2)), {}),
        (json.dumps([own(3), eve(4)]).encode(), {}),
        (json.dumps(zeek(5), indent=2).encode(), {}),
        (gzip.compress(lines(own(6))), {"content-encoding": "gzip"}),
        (zstd(lines(eve(7))), {"content-encoding": "zstd"}),
        (b"", {}),
    ]
    with serving(tmp_path) as reading:
        answers = []

        def sending() -> None:
            with httpx.Client(base_url=f"http://127.0.0.1:{reading.ports[0]}") as client:
                answers.extend(client.post("/in", content=b, headers=h) for b, h in bodies)
                answers.append(client.get("/"))

        chunks = take(reading, until=at_least(7), meanwhile=sending)
        assert [(one.status_code, one.json().get("taken")) for one in answers] == [
            *((200, n) for n in (2, 2, 1, 1, 1, 0)), (200, None),
        ]  # fmt: skip
        again = take(reading, None, until=at_least(rows(chunks)))
        assert same(again, chunks)
    assert hosts(chunks) == [f"192.0.2.{n}" for n in range(1, 8)]
    with serving(tmp_path) as reading:
        assert same(take(reading, None, until=at_least(rows(chunks))), chunks)
        reading.kept(chunks[-1].place)


def test_bulk_of_elasticsearch(tmp_path: Path) -> None:
    body = lines(
        {"create": {"_index": "x"}}, eve(1), {"index": {}}, zeek(2), {"delete": {}}, *STRANGE
    )
    with serving(tmp_path) as reading:
        answers = []

        def sending() -> None:
            url = f"http://127.0.0.1:{reading.ports[0]}/x/_bulk?pipeline=y"
            answers.append(httpx.post(url, content=body).json())

        chunks = take(reading, until=at_least(2), meanwhile=sending)
    assert answers[0]["errors"] is False
    assert [next(iter(item)) for item in answers[0]["items"]] == ["create", "index", "delete"]
    assert hosts(chunks) == ["192.0.2.1", "192.0.2.2"]
    assert whole(chunks)[1].dropped == {"no_known_shape": 3}


def test_tls_and_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = certified(tmp_path)
    monkeypatch.setenv("LISTENER_TOKEN", TOKEN)
    said: list[str] = []
    options = {"token_env": "LISTENER_TOKEN", "tls_cert": f"{files}/server.pem",
               "tls_key": f"{files}/server.key"}  # fmt: skip
    with serving(tmp_path, said, **options) as reading:
        url = f"https://127.0.0.1:{reading.ports[0]}/"
        answers = []

        def sending() -> None:
            with httpx.Client(verify=client_context(files, shown=False)) as client:
                wrong = ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic !"})
                answers.extend(client.post(url, content=lines(eve(1)), headers=h) for h in wrong)
                answers.append(client.post(url, content=lines(eve(2)), auth=("any", TOKEN)))
                bearer = {"authorization": f"Bearer {TOKEN}"}
                answers.append(client.post(url, content=lines(eve(3)), headers=bearer))

        chunks = take(reading, until=at_least(2), meanwhile=sending)
    assert [one.status_code for one in answers] == [401, 401, 401, 200, 200]
    assert hosts(chunks) == ["192.0.2.2", "192.0.2.3"]
    assert any("without the right token: 127.0.0.1" in line for line in said)
    assert not any(TOKEN in line or "wrong" in line for line in said)


def test_what_is_too_much_or_none_of_ours_is_declined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = gzip.compress(b" " * 200_000)
    packed = {"content-encoding": "gzip"}
    cases: list[tuple[str, bytes, dict[str, str], int]] = [
        ("POST", b"x" * 12_000, {}, 413),
        ("POST", bomb, packed, 413),
        ("POST", b"not packed at all", {"content-encoding": "br"}, 415),
        ("POST", gzip.compress(b"{}" * 99)[:-20], packed, 400),
        ("POST", b"[1, 2", {}, 400),
        ("POST", b"[" * 5_000, {}, 400),
        ("DELETE", b"", {}, 405),
    ]
    said: list[str] = []
    with serving(tmp_path, said, body_bytes=10_000, journal_bytes=2_000) as reading:
        (port,) = reading.ports
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            for method, body, head, status in cases:
                told = client.request(method, "/", content=body, headers=head)
                assert told.status_code == status, (method, body[:9])
            with pytest.raises(httpx.HTTPError):  # The answer, or the end in mid-sending.
                client.post("/", content=b"x" * 50_000).raise_for_status()
            full = [client.post("/", content=lines(own(n))).status_code for n in range(12)]
        assert (full[0], full[-1]) == (200, 503)
        monkeypatch.setattr(http, "REQUEST_S", 0.5)
        for begun in (
            b"POST / HTTP/1.1\r\nhost: x\r\n",
            b"\x16\x03\x01 no HTTP\r\n\r\n",
            b"G" * 30_000,
        ):
            with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
                peer.sendall(begun)
                with contextlib.suppress(ConnectionError):
                    while peer.recv(4_096):
                        pass
    assert any("too slow" in line for line in said)
    assert any("no HTTP" in line for line in said)


def test_connections_together_hold_no_more_than_their_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "WAITING_BYTES", 100_000)
    said: list[str] = []
    with serving(tmp_path, said) as reading:
        (port,) = reading.ports
        head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n"
        peers = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(3)]
        for peer in peers:
            peer.sendall(head + b"x" * 45_000)
            time.sleep(0.2)
        assert any("too much is waiting" in line for line in said)
        for peer in peers:
            peer.close()
        time.sleep(0.3)
        url = f"http://127.0.0.1:{port}/"
        chunks = take(
            reading, until=at_least(1),
            meanwhile=lambda: httpx.post(url, content=lines(own(1)) * 2).raise_for_status(),
        )  # fmt: skip
    assert rows(chunks) == 1


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"listen": ("0.0.0.0:0",)}, "needs TLS"),
        ({"listen": ("0.0.0.0:0",), "tls": True}, "needs a token"),
        ({"token_env": "NO_SUCH_VARIABLE"}, "token: $NO_SUCH_VARIABLE cannot be read"),
        ({"token_file": "absent"}, "token: absent cannot be read"),
        ({"token_env": "SHORT_TOKEN"}, "shorter than 16"),
        ({"tls_cert": "absent.pem"}, "TLS: absent.pem"),
    ],
)
def test_what_cannot_be_opened_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], reason: str
) -> None:
    monkeypatch.setenv("SHORT_TOKEN", "short")
    if options.pop("tls", False):
        files = certified(tmp_path)
        options |= {"tls_cert": f"{files}/server.pem", "tls_key": f"{files}/server.key"}
    with pytest.raises(FeedError) as caught:
        Http(**options).open(room(tmp_path))
    assert str(caught.value).startswith("source: ")
    assert reason in str(caught.value)


def test_the_token_shows_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTENER_TOKEN", TOKEN)
    with serving(tmp_path, token_env="LISTENER_TOKEN") as reading:  # noqa: S106 - a name
        assert TOKEN not in repr(vars(reading))


def test_many_at_a_time_lose_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as reading:
        url = f"http://127.0.0.1:{reading.ports[0]}/"

        def post(first: int) -> None:
            with httpx.Client() as client:
                for number in range(first, first + 10):
                    each = {**own(1), "orig_p": number}
                    assert client.post(url, content=lines(each)).status_code == 200

        def sending() -> None:
            threads = [threading.Thread(target=post, args=(n,)) for n in range(1_000, 1_050, 10)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        chunks = take(reading, until=at_least(50), meanwhile=sending)
    assert sorted(whole(chunks)[0].flows["orig_p"]) == list(range(1_000, 1_050))


def test_objects_of_the_sources_are_mixed(tmp_path: Path) -> None:
    with serving(tmp_path) as reading:
        url = f"http://127.0.0.1:{reading.ports[0]}/"
        chunks = take(
            reading, until=lambda c: whole(c)[0].flows.height >= 7,
            meanwhile=lambda: httpx.post(url, content=lines(*MIXED)).raise_for_status(),
        )  # fmt: skip
    assert hosts(chunks) == [f"192.0.2.{n}" for n in range(1, 8)]


@given(st.binary(max_size=200) | st.text(max_size=50).map(str.encode))
def test_any_body_is_objects_or_refused(body: bytes) -> None:
    try:
        found = objects(body)
    except ValueError:
        return
    assert not any(b"\n" in line for line in found)
