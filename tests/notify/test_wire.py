"""`wire.py` and `syslog_line.py`: lines of syslog over sockets, and to a real rsyslog."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lynceus.notify.channel import Channel, Locked, Unavailable
from lynceus.notify.channels.cef import Cef
from lynceus.notify.channels.leef import Leef
from lynceus.notify.channels.syslog import Syslog
from notify.made import hostile, incident, notice

By = Literal["udp", "tcp", "tls"]
WAIT_S = 20.0


@dataclass(frozen=True)
class Certificates:
    """Files of an authority and of a server it vouches for."""

    ca: Path
    server: Path
    key: Path


def certificates(folder: Path, *, days: int = 1) -> Certificates:
    """Makes both; with days below 0 the server's is out of date."""
    now = datetime.now(UTC)  # noqa: TID251 - TLS compares with the clock of the machine

    def made(name: str, issuer: Any, key: Any, by: Any, ends: int, *, is_ca: bool) -> Any:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer or subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=5))
            .not_valid_after(now + timedelta(days=ends))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(names, critical=False)
            .sign(by, hashes.SHA256())
        )

    authority, key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    top = made("Test authority", None, authority, authority, 5, is_ca=True)
    leaf = made("localhost", top.subject, key, authority, days, is_ca=False)
    files = Certificates(folder / "ca.pem", folder / "server.pem", folder / "key.pem")
    pem = serialization.Encoding.PEM
    files.ca.write_bytes(top.public_bytes(pem))
    files.server.write_bytes(leaf.public_bytes(pem))
    plain = serialization.NoEncryption()
    files.key.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return files


def listening(taken: Callable[[socket.socket], None]) -> int:
    """A port whose first connection is handled so."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with server:
            connection, _ = server.accept()
            with connection:
                taken(connection)

    threading.Thread(target=serve, daemon=True).start()
    return int(server.getsockname()[1])


def whole(connection: socket.socket) -> bytes:
    """All that comes until the other side is done."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def test_a_datagram_is_the_line() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        made = Cef(name="c", host="127.0.0.1", port=receiver.getsockname()[1], by="udp")
        said = made.send(notice())
        assert receiver.recv(65536) == made.line(notice())
        assert "nobody says" in said.text


def test_a_stream_has_the_length_before_each_line_and_closes_in_order() -> None:
    came: list[bytes] = []
    port = listening(lambda connection: came.append(whole(connection)))
    made = Syslog(name="s", host="127.0.0.1", port=port, by="tcp")
    assert "closed in order" in made.send(notice("open", incident(title="東京"))).text
    line = made.line(notice("open", incident(title="東京")))
    assert came == [f"{len(line)} ".encode() + line]


def test_a_receiver_that_keeps_the_connection_has_the_line_too() -> None:
    over = threading.Event()
    port = listening(lambda connection: bool(connection.recv(65536)) and over.wait(5))
    made = Syslog(name="s", host="127.0.0.1", port=port, by="tcp", timeout_s=0.2)
    assert "keeps the connection open" in made.send(notice()).text
    over.set()


def test_a_receiver_that_resets_did_not_take_it() -> None:
    def reset(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    made = Syslog(name="s", host="127.0.0.1", port=listening(reset), by="tcp")
    with pytest.raises(Unavailable, match=r"reset|not connected"):
        made.send(notice())


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    made = Syslog(name="s", host="127.0.0.1", port=port, by="tcp")
    with pytest.raises(Unavailable, match="refused"):
        made.send(notice())


def tls_server(files: Certificates, came: list[bytes]) -> int:
    """A port that speaks TLS once."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.server, files.key)

    def taken(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) as wire:
                came.append(whole(wire))
        except OSError:
            came.append(b"refused")

    return listening(taken)


def test_over_tls_by_an_authority_that_is_trusted(tmp_path: Path) -> None:
    files, came = certificates(tmp_path), list[bytes]()
    made = Leef(name="l", host="localhost", port=tls_server(files, came), ca=files.ca)
    said = made.send(notice())
    deadline = time.monotonic() + WAIT_S
    while not came and time.monotonic() < deadline:
        time.sleep(0.01)
    line = made.line(notice())
    assert came == [f"{len(line)} ".encode() + line]
    assert "closed" in said.text


@pytest.mark.parametrize("wrong", ["unknown authority", "out of date"])
def test_a_certificate_that_cannot_be_trusted_rests_the_channel(wrong: str, tmp_path: Path) -> None:
    files, came = certificates(tmp_path, days=-1 if wrong == "out of date" else 1), list[bytes]()
    ca = files.ca if wrong == "out of date" else None
    made = Leef(name="l", host="localhost", port=tls_server(files, came), ca=ca)
    with pytest.raises(Locked, match="its certificate cannot be trusted"):
        made.send(notice())


@pytest.fixture
def rsyslog(tmp_path: Path) -> Iterator[tuple[dict[By, int], Path, Path]]:
    """A real rsyslogd: its ports, the file it writes, the authority to trust."""
    program = shutil.which("rsyslogd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("rsyslog absent: install the Debian packages rsyslog and rsyslog-gnutls")
    files, out = certificates(tmp_path), tmp_path / "out.jsonl"
    ports: dict[By, int] = {"udp": _free(), "tcp": _free(), "tls": _free()}
    tls = Path(f"/usr/lib/{os.uname().machine}-linux-gnu/rsyslog/lmnsd_gtls.so").exists()
    if not tls:
        del ports["tls"]
    config = tmp_path / "rsyslog.conf"
    config.write_text(_configuration(tmp_path, files, out, ports), encoding="utf-8")
    daemon = subprocess.Popen(
        [program, "-n", "-f", str(config), "-i", str(tmp_path / "pid")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _until(lambda: all(_answers(port) for by, port in ports.items() if by != "udp"))
        yield ports, out, files.ca
    finally:
        daemon.terminate()
        daemon.wait(WAIT_S)


def _configuration(folder: Path, files: Certificates, out: Path, ports: dict[By, int]) -> str:
    tls = ""
    if "tls" in ports:
        tls = f"""
        input(type="imtcp" port="{ports["tls"]}" ruleset="out"
              StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
        """
    return f"""
    global(workDirectory="{folder}" maxMessageSize="64k"
           DefaultNetstreamDriverCAFile="{files.ca}"
           DefaultNetstreamDriverCertFile="{files.server}"
           DefaultNetstreamDriverKeyFile="{files.key}"
           parser.escapeControlCharactersOnReceive="off")
    module(load="imudp")
    module(load="imtcp")
    template(name="json" type="list" option.jsonf="on") {{
        property(outname="pri" name="pri" format="jsonf")
        property(outname="stamp" name="timereported" dateFormat="rfc3339" format="jsonf")
        property(outname="app" name="app-name" format="jsonf")
        property(outname="id" name="msgid" format="jsonf")
        property(outname="data" name="structured-data" format="jsonf")
        property(outname="msg" name="msg" format="jsonf")
    }}
    ruleset(name="out") {{ action(type="omfile" file="{out}" template="json") }}
    input(type="imudp" address="127.0.0.1" port="{ports["udp"]}" ruleset="out")
    input(type="imtcp" port="{ports["tcp"]}" ruleset="out")
    {tls}
    """


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_rsyslog_takes_all_formats_by_all_ways(
    rsyslog: tuple[dict[By, int], Path, Path],
) -> None:
    ports, out, ca = rsyslog
    sent: list[tuple[Channel, bytes]] = []
    for by, port in ports.items():
        for kind in (Syslog, Cef, Leef):
            made = kind(name="c", host="localhost", port=port, by=by, ca=ca, most_bytes=60_000)
            for told in (notice(), notice("open", hostile()), notice("digest")):
                made.send(told)
                sent.append((made, made.line(told)))
    _until(lambda: out.exists() and out.read_text(encoding="utf-8").count("\n") >= len(sent))
    read = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(read) == len(sent)
    wanted = sorted(line.decode().split(" ", 6)[6] for _, line in sent)
    texts = sorted(f"{row['data']} {row['msg'].strip()}" for row in read)
    assert [" ".join(t.split()) for t in texts] == [" ".join(t.split()) for t in wanted]
    assert {row["app"] for row in read} == {"lynceus"}
    assert {row["stamp"] for row in read} == {"2024-05-01T10:00:00Z"}
