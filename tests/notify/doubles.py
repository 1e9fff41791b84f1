"""A local HTTP service that stands for another one: it checks each request and can fail."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SLOW_S = 0.6
"""So long a service that is too slow keeps silent; longer than the tests' channels wait."""


@dataclass(frozen=True)
class Request:
    """What came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        """The content as JSON."""
        return json.loads(self.content)


@dataclass(frozen=True)
class Reply:
    """What goes back."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Double:
    """The service: what came is kept, and `failures` are served before anything else."""

    url: str
    answer: Callable[[Request], Reply] = lambda _: Reply()
    requests: list[Request] = field(default_factory=list)
    failures: deque[str] = field(default_factory=deque)
    """`429`, `500`, `401`, `400` ..., `slow`, `half-closed`, or `accepted`: it is done, but the
    answer is lost."""
    complaints: list[str] = field(default_factory=list)
    """What a request was that the service's specification does not allow."""

    def reply(self, request: Request) -> Reply | None:
        """The answer to a request; None where there is none."""
        failure = self.failures.popleft() if self.failures else ""
        if failure == "slow":
            time.sleep(SLOW_S)
            return None
        if failure == "half-closed":
            return None
        if failure:
            if failure != "accepted":
                headers = {"Retry-After": "7"} if failure == "429" else {}
                return Reply(int(failure), {"error": "injected"}, headers)
            self._checked(request)
            return None
        return self._checked(request)

    def _checked(self, request: Request) -> Reply:
        self.requests.append(request)
        try:
            return self.answer(request)
        except Exception as error:  # noqa: BLE001 - whatever a check trips over is a complaint
            self.complaints.append(f"{request.method} {request.path}: {error}")
            return Reply(400, {"error": "against the specification"})


@contextmanager
def served() -> Iterator[Double]:
    """A service on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            request = Request(
                self.command, parts.path,
                {name: values[0] for name, values in parse_qs(parts.query).items()},
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(size),
            )  # fmt: skip
            whole = len(request.content) == size  # else its sender has died
            reply = double.reply(request) if whole else None
            if reply is None:
                self.close_connection = True
                return
            body = b"" if reply.body is None else json.dumps(reply.body).encode()
            self.send_response_only(reply.status)
            for name, value in {"Content-Length": str(len(body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_PUT = handle_one  # noqa: N815 - named by the library

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: object) -> None:
            """Says nothing: a sender died in the middle."""

    server = Server(("127.0.0.1", 0), Handler)
    double = Double(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
