"""`service.py`: what a service can do wrong, and how it is said."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest

from lynceus.notify.channel import Locked, Refused, Unavailable
from lynceus.notify.channels.webhook import Webhook
from lynceus.notify.service import MOST_BYTES, HttpChannel
from notify.doubles import Double, Reply
from notify.made import notice
from notify.test_wire import certificates, listening

BEGUN = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


def hook(port: int, **more: Any) -> Webhook:
    return Webhook(name="hook", url=f"http://127.0.0.1:{port}/hook", **more)


def test_an_answer_that_drips_is_not_waited_for() -> None:
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(BEGUN)
        while not over.wait(0.05):
            try:
                connection.sendall(b"x")
            except OSError:
                return

    with pytest.raises(Unavailable, match="too slow: "):
        hook(listening(drip), timeout_s=0.2).tell(notice(), {})
    over.set()


def test_an_answer_without_end_is_cut() -> None:
    sent = [0]

    def pour(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(BEGUN.replace(b"1000000", b"1000000000"))
        try:
            while sent[0] < 100_000_000:
                sent[0] += connection.send(b"x" * 65536)
        except OSError:
            pass

    assert len(hook(listening(pour)).tell(notice(), {}).text) < 300
    assert sent[0] < 100 * MOST_BYTES


def test_a_service_may_name_a_date_to_come_back(service: Double) -> None:
    date = {"Date": "Wed, 01 May 2024 10:00:00 GMT"}
    for told, seconds in (
        ("Wed, 01 May 2024 10:02:00 GMT", 120.0),
        ("Wed, 01 May 2024 09:00:00 GMT", 0.0),
        ("soon", None),
    ):
        headers = {**date, "Retry-After": told}
        service.answer = lambda _, headers=headers: Reply(503, None, headers)
        with pytest.raises(Unavailable) as failed:
            Webhook(name="hook", url=service.url).tell(notice(), {})
        assert failed.value.after_s == seconds


def asked(wire: socket.socket) -> bytes:
    """One whole request: who closes while some of it is unread resets the connection."""
    head, _, content = wire.recv(65536).partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.splitlines()
        if line.lower().startswith(b"content-length:")
    )
    while len(content) < length and (part := wire.recv(65536)):
        content += part
    return head + b"\r\n\r\n" + content


def https(files: Any, came: list[bytes]) -> int:
    """A port that answers one request over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.server, files.key)

    def answer(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) as wire:
                came.append(asked(wire))
                wire.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        except OSError:
            came.append(b"refused")

    return listening(answer)


def test_over_tls_by_an_authority_that_is_named(tmp_path: Path) -> None:
    files, came = certificates(tmp_path), list[bytes]()
    made = Webhook(name="hook", url=f"https://localhost:{https(files, came)}/", ca=files.ca)
    assert made.tell(notice(), {}).text == "204"
    assert came[0].startswith(b"POST / HTTP/1.1")


@pytest.mark.parametrize("wrong", ["unknown authority", "out of date"])
def test_a_certificate_that_cannot_be_trusted(wrong: str, tmp_path: Path) -> None:
    files = certificates(tmp_path, days=-1 if wrong == "out of date" else 1)
    ca = files.ca if wrong == "out of date" else None
    made = Webhook(name="hook", url=f"https://localhost:{https(files, [])}/", ca=ca)
    with pytest.raises(Locked, match="localhost: its certificate cannot be trusted: "):
        made.tell(notice(), {})


def test_no_certificates_where_some_are_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing", encoding="utf-8")
    made = Webhook(name="hook", url="https://localhost:9/", ca=tmp_path / "ca.pem")
    with pytest.raises(Locked, match="localhost: cannot be asked"):
        made.tell(notice(), {})


def test_an_address_that_is_a_secret_shows_its_host_alone(
    service: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", f"{service.url}/secret-path?sig=secret-word")
    made = Webhook.model_validate({"name": "hook", "url": {"env": "HOOK"}})
    service.answer = lambda request: Reply(
        404, {"no": f"{service.url}{request.path}?sig=secret-word"}
    )
    with pytest.raises(Refused) as failed:
        made.tell(notice(), {})
    assert "secret-" not in str(failed.value)
    monkeypatch.setenv("HOOK", "http://127.0.0.1:9/secret-path?sig=secret-word")
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1: no connection") as gone:
        made.tell(notice(), {})
    assert "secret-" not in str(gone.value)
    monkeypatch.setenv("HOOK", "ftp://secret-host/")
    with pytest.raises(Locked, match="is none of HTTP") as odd:
        made.tell(notice(), {})
    assert "secret-" not in str(odd.value)


def test_what_the_environment_says_of_proxies_does_not_count(
    service: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert Webhook(name="hook", url=service.url).tell(notice(), {}).text == "200"
    with pytest.raises(Unavailable):
        Webhook(name="hook", url=service.url, proxy="http://127.0.0.1:9").tell(notice(), {})


def test_every_channel_of_http_has_the_same_bounds() -> None:
    assert set(HttpChannel.model_fields) >= {"url", "timeout_s", "ca", "proxy"}
