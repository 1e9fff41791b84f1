"""Syslog from peers: `syslog`, `streams`, `credentials`."""

from __future__ import annotations

import datetime
import itertools
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynceus.ingest.feeds import streams, syslog
from lynceus.ingest.feeds.feed import FeedError
from lynceus.ingest.feeds.streams import Refused
from lynceus.ingest.feeds.syslog import Frames, Listening, Syslog

from .certificates import certified, client_context
from .taking import at_least, room, rows, same, take, whole

TEARDOWN = (
    "%ASA-6-302014: Teardown TCP connection {n} for outside:198.51.100.7/443 to "
    "inside:192.0.2.{n}/50000 duration 0:00:10 bytes 7000 TCP FINs"
)
BUILT = (
    "%ASA-6-302013: Built outbound TCP connection {n} for outside:198.51.100.7/443 "
    "(198.51.100.7/443) to inside:192.0.2.{n}/50000 (192.0.2.{n}/50000)"
)


def line(number: int, text: str = TEARDOWN, at: float | None = None) -> bytes:
    """A line of a firewall, written now or `at` (seconds since 1970) in its local time."""
    when = datetime.datetime.fromtimestamp(time.time_ns() / 1e9 if at is None else at, datetime.UTC)
    return f"<166>{when:%b %d %H:%M:%S} fw1 {text.format(n=number)}".encode()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates."""
    return certified(tmp_path_factory.mktemp("certificates"))


@contextmanager
def listening(folder: Path, said: list[str] | None = None, **options: Any) -> Iterator[Listening]:
    reading = Syslog(**options).open(room(folder, said))
    try:
        yield reading
    finally:
        reading.close()


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def sources(chunks: list[Any]) -> list[str]:
    return sorted(whole(chunks)[0].flows["orig_h"], key=lambda h: int(h.rpartition(".")[2]))


def test_lines_of_every_transport_and_framing(tmp_path: Path, files: Path) -> None:
    options = {"udp": ("127.0.0.1:0",), "tcp": ("127.0.0.1:0",), "tls": ("127.0.0.1:0",),
               "tls_cert": f"{files}/server.pem", "tls_key": f"{files}/server.key"}  # fmt: skip
    with listening(tmp_path, **options) as reading:
        ports = {name: one for name, (one,) in reading.ports.items()}

        def sending() -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(line(1) + b"\n\0", ("127.0.0.1", ports["udp"]))
            with connected(ports["tcp"]) as peer:
                peer.sendall(line(2) + b"\n" + line(3)[:20])
                time.sleep(0.1)
                peer.sendall(line(3)[20:] + b"\r\n" + line(4))  # The end ends the last line.
            with connected(ports["tcp"]) as peer:
                framed = b"".join(b"%d %s" % (len(line(n)), line(n)) for n in (5, 6))
                peer.sendall(framed[:50])
                time.sleep(0.1)
                peer.sendall(framed[50:])
            context = client_context(files, shown=False)
            with context.wrap_socket(connected(ports["tls"]), server_hostname="127.0.0.1") as peer:
                peer.sendall(b"%d %s" % (len(line(7)), line(7)))

        chunks = take(reading, until=lambda c: whole(c)[0].flows.height >= 7, meanwhile=sending)
    batch, account = whole(chunks)
    assert sources(chunks) == [f"192.0.2.{n}" for n in range(1, 8)]
    assert (account.received, account.kept, account.balanced) == (7, 7, True)
    log = batch.events["device_log"]
    assert set(log["sensor"]) == {"fw1"}
    assert batch.flows["total_bytes"].to_list() == [7_000] * 7
    assert all(abs(end - time.time_ns()) < 120 * 10**9 for end in batch.flows["end_ns"])


def test_chunks_come_again_and_unknown_lines_are_counted(tmp_path: Path) -> None:
    with listening(tmp_path, tcp=("127.0.0.1:0",)) as reading:
        (port,) = reading.ports["tcp"]

        def sending() -> None:
            with connected(port) as peer:
                for number in range(3):
                    peer.sendall(line(number) + b"\n<14>no line of a device\n\n")
                    time.sleep(0.3)

        first = take(reading, until=lambda c: rows(c) >= 6, meanwhile=sending)
        assert len(first) > 1
        again = take(reading, first[0].place, until=at_least(rows(first[1:])))
        assert same(again, first[1:])
        reading.kept(first[0].place)
        account = whole(first)[1]
        assert account.dropped == {"line_of_no_known_device": 3}
    with listening(tmp_path, tcp=("127.0.0.1:0",)) as reading:
        again = take(reading, first[0].place, until=at_least(rows(first[1:])))
        assert same(again, first[1:])


def test_a_connection_is_a_flow_when_it_ends(tmp_path: Path) -> None:
    """Its begin is a line of the log; it is no second flow."""
    with listening(tmp_path, udp=("127.0.0.1:0",)) as reading:
        (port,) = reading.ports["udp"]

        def sending() -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(line(9, BUILT), ("127.0.0.1", port))
                time.sleep(0.4)
                sender.sendto(line(9), ("127.0.0.1", port))

        chunks = take(reading, until=lambda c: whole(c)[0].flows.height > 0, meanwhile=sending)
    batch, account = whole(chunks)
    assert batch.flows.height == 1
    assert batch.events["device_log"].height == 2
    assert account.notes["connections_that_began"] == 1


def test_local_times_are_read_by_when_they_came(tmp_path: Path) -> None:
    with listening(tmp_path, udp=("127.0.0.1:0",)) as reading:
        (port,) = reading.ports["udp"]

        def sending() -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(line(1, at=time.time_ns() / 1e9 + 7200), ("127.0.0.1", port))
                sender.sendto(line(2, at=time.time_ns() / 1e9 - 12_600), ("127.0.0.1", port))

        chunks = take(reading, until=lambda c: whole(c)[0].flows.height == 2, meanwhile=sending)
    batch, account = whole(chunks)
    assert all(abs(end - time.time_ns()) < 60 * 10**9 for end in batch.flows["end_ns"])
    assert account.notes["zones_told_by_arrival"] == 2


def test_peers_that_misbehave_are_refused_and_said(
    tmp_path: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syslog, "HALF_LINE_S", 0.4)
    monkeypatch.setattr(syslog, "LINE_BYTES", 2_000)
    monkeypatch.setattr(streams, "HANDSHAKE_S", 1.0)
    said: list[str] = []
    options = {"tcp": ("127.0.0.1:0",), "tls": ("127.0.0.1:0",), "connections": 2,
               "tls_cert": f"{files}/server.pem", "tls_key": f"{files}/server.key",
               "tls_client_ca": f"{files}/ca.pem"}  # fmt: skip
    with listening(tmp_path, said, **options) as reading:
        ports = {name: one[0] for name, one in reading.ports.items() if one}

        def closed(peer: socket.socket) -> bool:
            peer.settimeout(5)
            try:
                return peer.recv(1) == b""
            except ConnectionError:
                return True

        with connected(ports["tcp"]) as slow:
            slow.sendall(b"<14>half a li")
            assert closed(slow)
        with connected(ports["tcp"]) as dripping, pytest.raises(ConnectionError):
            for _ in range(60):  # A little of one line, again and again.
                dripping.sendall(b"x")
                time.sleep(0.1)
        with connected(ports["tcp"]) as lying:
            lying.sendall(b"9999 <14>too much")
            assert closed(lying)
        with connected(ports["tcp"]) as torn:
            torn.sendall(b"17 <14>sixteen bytesnothing here")
            assert closed(torn)
        with connected(ports["tls"]) as plain:
            plain.sendall(b"<14>no TLS at all\n" * 4)
            assert closed(plain)
        bare = client_context(files, shown=False)
        with pytest.raises(OSError), connected(ports["tls"]) as raw:
            bare.wrap_socket(raw, server_hostname="127.0.0.1").recv(1)
        tcp = ports["tcp"]
        with connected(tcp) as one, connected(tcp), connected(tcp) as third:
            assert closed(third)

            def sending() -> None:
                one.sendall(b"x" * 3_000)
                time.sleep(0.1)
                one.sendall(b"x" * 3_000 + b"\n" + line(5) + b"\n")

            chunks = take(
                reading, until=lambda c: whole(c)[0].flows.height == 1, meanwhile=sending
            )  # fmt: skip
    assert whole(chunks)[1].dropped == {"line_too_long": 1}
    assert whole(chunks)[1].balanced
    long, torn = "a frame of syslog is too long", "a frame of syslog does not tell its length"
    for reason in ("too slow", long, torn, "TLS refused", "too many connections"):
        assert any(reason in one for one in said), reason


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "listen: no address given"),
        ({"tcp": ("0.0.0.0:0",)}, "needs TLS"),
        ({"tls": ("127.0.0.1:0",)}, "tls: needs a certificate"),
        ({"tls": ("127.0.0.1:0",), "tls_cert": "absent.pem"}, "TLS: absent.pem: No such file"),
        ({"tls": ("127.0.0.1:0",), "tls_key": "x"}, "tls_key and tls_client_ca need tls_cert"),
        ({"udp": ("0.0.0.0:0",)}, "name the networks that may send in allow"),
    ],
)
def test_what_cannot_be_opened_is_one_line(
    tmp_path: Path, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(FeedError) as caught:
        Syslog(**options).open(room(tmp_path))
    assert str(caught.value).startswith("source: ")
    assert reason in str(caught.value)


def test_others_than_this_machine_must_show_a_certificate(tmp_path: Path, files: Path) -> None:
    options = {"tls_cert": f"{files}/server.pem", "tls_key": f"{files}/server.key"}
    with pytest.raises(FeedError, match="needs certificates of its peers"):
        Syslog(tls=("0.0.0.0:0",), **options).open(room(tmp_path))


class Pieces:
    """A connection whose bytes come in any pieces."""

    def __init__(self) -> None:
        self.buffer = bytearray()

    def taken(self, size: int) -> bytes:
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data


@given(
    st.lists(st.binary(max_size=40).filter(lambda b: b"\n" not in b and b.strip() == b)),
    st.lists(st.integers(0, 400)),
    st.booleans(),
)
def test_frames_come_whole_in_any_pieces(
    messages: list[bytes], cuts: list[int], counted: bool
) -> None:
    told = [b"<14>" + message for message in messages]
    whole = b"".join(b"%d %s" % (len(m), m) if counted else m + b"\n" for m in told)
    at = [0, *sorted(cuts), len(whole)]
    frames, connection, found = Frames(), Pieces(), []
    for begin, end in itertools.pairwise(at):
        connection.buffer += whole[begin:end]
        found += frames.taken(connection)  # type: ignore[arg-type]
    assert found == told


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_any_bytes_are_lines_or_refused(pieces: list[bytes]) -> None:
    frames, connection = Frames(), Pieces()
    for piece in pieces:
        connection.buffer += piece
        try:
            frames.taken(connection)  # type: ignore[arg-type]
        except Refused:
            return


RSYSLOG = """
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{folder}/log")
global(workDirectory="{folder}" defaultNetstreamDriverCAFile="{files}/ca.pem"
       defaultNetstreamDriverCertFile="{files}/client.pem"
       defaultNetstreamDriverKeyFile="{files}/client.key")
action(type="omfwd" target="127.0.0.1" port="{udp}" protocol="udp")
action(type="omfwd" target="127.0.0.1" port="{tcp}" protocol="tcp" TCP_Framing="octet-counted"
       template="RSYSLOG_SyslogProtocol23Format")
action(type="omfwd" target="127.0.0.1" port="{tls}" protocol="tcp" StreamDriver="gtls"
       StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost")
"""


@pytest.mark.skipif(not shutil.which("rsyslogd", path="/usr/sbin:/usr/bin"),
                    reason="rsyslog is not installed")  # fmt: skip
def test_rsyslog_forwards_over_udp_tcp_and_tls(tmp_path: Path, files: Path) -> None:
    options = {"udp": ("127.0.0.1:0",), "tcp": ("127.0.0.1:0",), "tls": ("127.0.0.1:0",),
               "tls_cert": f"{files}/server.pem", "tls_key": f"{files}/server.key",
               "tls_client_ca": f"{files}/ca.pem"}  # fmt: skip
    with listening(tmp_path, **options) as reading:
        ports = {name: one for name, (one,) in reading.ports.items()}
        config = tmp_path / "rsyslog.conf"
        config.write_text(RSYSLOG.format(folder=tmp_path, files=files, **ports))
        command = ["/usr/sbin/rsyslogd", "-n", "-f", str(config), "-i", str(tmp_path / "pid")]

        def sending() -> None:
            while not (tmp_path / "log").exists():
                time.sleep(0.05)
            for number in range(1, 21):
                text = TEARDOWN.format(n=number)
                subprocess.run(
                    ["logger", "-u", str(tmp_path / "log"), "-p", "local4.info", "--", text],
                    check=True, timeout=10,
                )  # fmt: skip

        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as rsyslogd:
            chunks = take(
                reading, until=lambda c: whole(c)[1].kept >= 60, meanwhile=sending
            )  # fmt: skip
            rsyslogd.terminate()
    batch, account = whole(chunks)
    assert not account.dropped
    told = batch.events["device_log"].group_by("orig_h").len()
    assert told.height == 20
    assert set(told["len"]) == {3}
    assert batch.flows.filter(pl.col("total_bytes") == 7_000).height == batch.flows.height
