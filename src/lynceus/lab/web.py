"""HTTP/1.1 over an open connection: requests and answers with the headers real programs send."""

from __future__ import annotations

import email.utils
from dataclasses import dataclass, field

from lynceus.lab.dice import Dice
from lynceus.lab.tcp import ORIG, RESP, Tcp

_TEXT = (
    "time year people way day man thing woman life child world school state family student group "
    "country problem hand part place case week company system program question work government "
    "number night point home water room mother area money story fact month lot right study book"
)
_WORDS = _TEXT.split()
_REASONS = {200: "OK", 204: "No Content", 301: "Moved Permanently", 304: "Not Modified",
            401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What a client asks. `headers` come after Host, in order."""

    host: str
    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def encode(self) -> bytes:
        """The request as bytes."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {self.host}"]
        lines += [f"{k}: {v}" for k, v in self.headers.items()]
        if self.body or self.method == "POST":
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


@dataclass(frozen=True)
class Answer:
    """What a server says."""

    status: int = 200
    kind: str = "text/html; charset=utf-8"
    body: bytes = b""
    server: str = "nginx"
    headers: dict[str, str] = field(default_factory=dict)

    def encode(self, now_s: int) -> bytes:
        """The answer as bytes; `now_s` is the capture's time, for the Date header."""
        lines = [
            f"HTTP/1.1 {self.status} {_REASONS[self.status]}",
            f"Date: {email.utils.formatdate(now_s, usegmt=True)}",
            f"Server: {self.server}",
        ]
        if self.body:
            lines.append(f"Content-Type: {self.kind}")
        if self.status not in (204, 304):
            lines.append(f"Content-Length: {len(self.body)}")
        lines += [f"{k}: {v}" for k, v in self.headers.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


def exchange(
    tcp: Tcp, request: Request, answer: Answer, think_s: float, wait_s: float = 0
) -> float:
    """One request after `wait_s` and its answer after `think_s`; returns the time."""
    tcp.send(ORIG, request.encode(), wait_s)
    now_s = (tcp.scene.tape.start_ns + int(tcp.t * 1e9)) // 1_000_000_000
    return tcp.send(RESP, answer.encode(now_s), think_s)


def page(dice: Dice, size: int) -> bytes:
    """An HTML page of about so many bytes."""
    title = " ".join(dice.pick(_WORDS) for _ in range(4))
    parts = [f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body>\n"]
    length = 0
    while length < size:
        text = " ".join(dice.pick(_WORDS) for _ in range(12))
        parts.append(f"<p>{text}.</p>\n")
        length += len(text) + 9
    return ("".join(parts) + "</body></html>\n").encode()
