"""What Beats and Logstash send: `lumberjack`."""

from __future__ import annotations

import itertools
import json
import socket
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynceus.ingest.feeds import lumberjack
from lynceus.ingest.feeds.feed import FeedError
from lynceus.ingest.feeds.lumberjack import Acknowledging, Frames, Lumberjack
from lynceus.ingest.feeds.streams import Refused

from .certificates import certified, client_context
from .objects import MIXED, eve, vendor, wrapped, zeek
from .taking import at_least, room, same, take, whole


@contextmanager
def acknowledging(
    folder: Path, said: list[str] | None = None, **options: Any
) -> Iterator[Acknowledging]:
    options = {"listen": ("127.0.0.1:0",), **options}
    reading = Lumberjack(**options).open(room(folder, said))
    try:
        yield reading
    finally:
        reading.close()


class Client:
    """A sender as Beats and Logstash are: windows of events, acknowledged by number."""

    def __init__(self, port: int) -> None:
        self.socket: socket.socket = socket.create_connection(("127.0.0.1", port), timeout=5)

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def acknowledged(self) -> tuple[bytes, int]:
        head = self.socket.recv(6, socket.MSG_WAITALL)
        assert head[1:2] == b"A"
        return head[:1], struct.unpack(">I", head[2:])[0]

    def ended(self) -> bool:
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True


def window(count: int, version: bytes = b"2") -> bytes:
    return version + b"W" + struct.pack(">I", count)


def events(*told: dict[str, Any]) -> bytes:
    """Events of version 2, numbered from 1."""
    frames = []
    for number, each in enumerate(told, 1):
        body = json.dumps(each).encode()
        frames.append(b"2J" + struct.pack(">II", number, len(body)) + body)
    return b"".join(frames)


def packed(frames: bytes) -> bytes:
    body = zlib.compress(frames)
    return b"2C" + struct.pack(">I", len(body)) + body


def pairs(number: int, **told: str) -> bytes:
    """An event of version 1."""
    texts = [part.encode() for pair in told.items() for part in pair]
    body = b"".join(struct.pack(">I", len(text)) + text for text in texts)
    return b"1D" + struct.pack(">II", number, len(told)) + body


def hosts(chunks: list[Any]) -> list[str]:
    return sorted(whole(chunks)[0].flows["orig_h"])


def test_windows_are_acknowledged_when_the_journal_has_them(tmp_path: Path) -> None:
    with acknowledging(tmp_path) as reading:
        heard = []

        def sending() -> None:
            beats, older = Client(reading.ports[0]), Client(reading.ports[0])
            beats.send(window(2) + packed(events(*MIXED[:2])))
            heard.append(beats.acknowledged())
            # Two windows at once, the second in pieces.
            second = window(3) + packed(events(*MIXED[4:]))
            beats.send(window(2) + events(*MIXED[2:4]) + second[:40])
            heard.append(beats.acknowledged())
            beats.send(second[40:])
            heard.append(beats.acknowledged())
            older.send(window(1, b"1") + pairs(1, line=vendor(8), file="/var/log/it.log"))
            heard.append(older.acknowledged())

        chunks = take(
            reading, until=lambda c: whole(c)[0].flows.height >= 8, meanwhile=sending
        )  # fmt: skip
        assert heard == [(b"2", 2), (b"2", 2), (b"2", 3), (b"1", 1)]
        assert hosts(chunks) == [f"192.0.2.{n}" for n in range(1, 9)]
    with acknowledging(tmp_path) as reading:
        assert same(take(reading, None, until=lambda c: len(c) == len(chunks)), chunks)


def test_tls_with_certificates_of_both(tmp_path: Path) -> None:
    files = certified(tmp_path)
    said: list[str] = []
    options = {"tls_cert": f"{files}/server.pem", "tls_key": f"{files}/server.key",
               "tls_client_ca": f"{files}/ca.pem"}  # fmt: skip
    with acknowledging(tmp_path, said, **options) as reading:
        (port,) = reading.ports

        def sending() -> None:
            nobody = Client(port)
            with pytest.raises(OSError):
                bare = client_context(files, shown=False)
                bare.wrap_socket(nobody.socket, server_hostname="127.0.0.1").recv(1)
            client = Client(port)
            context = client_context(files, shown=True)
            client.socket = context.wrap_socket(client.socket, server_hostname="127.0.0.1")
            client.send(window(1) + events(eve(1)))
            assert client.socket.recv(6) == b"2A\0\0\0\1"

        chunks = take(reading, until=at_least(1), meanwhile=sending)
    assert hosts(chunks) == ["192.0.2.1"]
    assert any("TLS refused" in line for line in said)


def test_a_peer_waits_while_the_journal_is_full(tmp_path: Path) -> None:
    with acknowledging(tmp_path, journal_bytes=2_500) as reading:
        client = Client(reading.ports[0])
        client.send(window(1) + events(wrapped(vendor(1) + " " * 1_000)))
        assert client.acknowledged() == (b"2", 1)
        client.send(window(1) + events(wrapped(vendor(2) + " " * 1_000)))
        client.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.acknowledged()
        client.socket.settimeout(5)
        first = take(reading, until=lambda c: whole(c)[0].flows.height == 1)
        reading.kept(first[-1].place)
        assert client.acknowledged() == (b"2", 1)
        second = take(reading, first[-1].place, until=lambda c: whole(c)[0].flows.height == 1)
    assert hosts([*first, *second]) == ["192.0.2.1", "192.0.2.2"]


def test_peers_that_misbehave_are_refused_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lumberjack, "FRAME_S", 0.4)
    monkeypatch.setattr(lumberjack, "INFLATED_BYTES", 10_000)
    bomb = zlib.compress(bytes(1_000_000))
    cases = {
        "no Lumberjack": b"GET / HTTP/1.1\r\n",
        "no frame of Lumberjack": b"2X1234",
        "an event of Lumberjack is too long": b"2J" + struct.pack(">II", 1, 1 << 31),
        "a compressed frame of Lumberjack is too long": b"2C" + struct.pack(">I", 1 << 31),
        "too long or cut": b"2C" + struct.pack(">I", len(bomb)) + bomb,
        "is broken": b"2C" + struct.pack(">I", 9) + b"no zlib..",
        "too slow": b"2J\0\0",
    }
    said: list[str] = []
    with acknowledging(tmp_path, said) as reading:
        for data in (*cases.values(), packed(packed(events(eve(1))))):
            client = Client(reading.ports[0])
            client.send(data)
            assert client.ended()
        client = Client(reading.ports[0])
        nothing = b"2J" + struct.pack(">II", 1, 5) + b"[1,2]"
        client.send(window(2) + nothing + events(zeek(1)))
        assert client.acknowledged() == (b"2", 1)
        chunks = take(reading, until=at_least(1))
    for reason in cases:
        assert any(reason in line for line in said), reason
    account = whole(chunks)[1]
    assert (account.dropped, account.balanced) == ({"not_a_json_object": 1}, True)


def test_others_than_this_machine_must_show_a_certificate(tmp_path: Path) -> None:
    files = certified(tmp_path)
    options = {"tls_cert": f"{files}/server.pem", "tls_key": f"{files}/server.key"}
    with pytest.raises(FeedError, match="needs TLS"):
        Lumberjack(listen=("0.0.0.0:0",)).open(room(tmp_path))
    with pytest.raises(FeedError, match="needs certificates of its peers"):
        Lumberjack(listen=("0.0.0.0:0",), **options).open(room(tmp_path))


@given(
    st.lists(st.dictionaries(st.text(max_size=4), st.text(max_size=9), max_size=2), max_size=6),
    st.lists(st.integers(0, 500)),
    st.booleans(),
)
def test_events_come_whole_in_any_pieces(
    told: list[dict[str, str]], cuts: list[int], compressed: bool
) -> None:
    sent = window(len(told)) + (packed(events(*told)) if compressed else events(*told))
    at = [0, *sorted(cuts), len(sent)]
    frames, buffer, acknowledged = Frames(), b"", []
    for begin, end in itertools.pairwise(at):
        buffer += sent[begin:end]
        buffer = buffer[frames.read(buffer) :]
        acknowledged += frames.due()
    assert [json.loads(event) for event in frames.events] == told
    assert (acknowledged or [(b"2", 0)])[-1] == (b"2", len(told))
    assert buffer == b""


@given(st.binary(max_size=60), st.sampled_from([b"2W", b"2J", b"2C", b"1D", b"2", b""]))
def test_any_bytes_are_frames_or_refused(noise: bytes, head: bytes) -> None:
    data = head + noise
    try:
        assert 0 <= Frames().read(data) <= len(data)
    except Refused:
        return
