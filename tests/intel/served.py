"""A server whose answers a test writes down, and which keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    raw: str
    """Path and query as they came."""


@dataclass(frozen=True)
class Answer:
    """What is answered: a status, a body (a text, or what becomes JSON), headers."""

    body: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    half: bool = False
    """The connection closes in the middle of it."""
    late_s: float = 0.0

    def content(self) -> bytes:
        body = self.body
        if isinstance(body, bytes):
            return body
        return (body if isinstance(body, str) else json.dumps(body)).encode()


Reply = Callable[[Asked], Answer]


class Server(ThreadingHTTPServer):
    """Asks `reply` what to answer, after the answers of `first`, each given once."""

    daemon_threads = True

    def __init__(self, reply: Reply, first: list[Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reply, self.first, self.asked = reply, first, list[Asked]()
        self.gone = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def _do(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        headers = {key.lower(): value for key, value in self.headers.items()}
        body = json.loads(raw) if raw else None
        asked = Asked(self.command, parts.path, query, headers, body, self.path)
        self.server.asked.append(asked)
        answer = self.server.first.pop(0) if self.server.first else self.server.reply(asked)
        if answer.late_s:
            self.server.gone.wait(answer.late_s)
        content = answer.content()
        self.send_response(answer.status)
        for key, value in answer.headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if answer.half else content)
        self.close_connection = answer.half

    do_GET = do_POST = _do  # noqa: N815 - names of the library

    def log_message(self, *args: object) -> None:
        """Nothing is printed."""


@contextmanager
def served(reply: Reply | Answer, *first: Answer) -> Iterator[Server]:
    """A server on this machine that answers so."""
    server = Server(reply if callable(reply) else lambda _: reply, list(first))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.gone.set()
        server.shutdown()
        server.server_close()
        thread.join()
