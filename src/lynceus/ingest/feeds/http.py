"""JSON objects over HTTP: lines, lists, single objects, and Elasticsearch's `_bulk`.

What Vector, Fluent Bit, Logstash and scripts post. A request is answered with 200 once the journal
has it; where there is no room it is answered with 503, and comes again.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import h11

from lynceus import _core
from lynceus.ingest.feeds.credentials import Token
from lynceus.ingest.feeds.feed import Room
from lynceus.ingest.feeds.journal import LIMIT_BYTES
from lynceus.ingest.feeds.received import Receiving, content_of, reachable
from lynceus.ingest.feeds.streams import Connection, Refused

REQUEST_S = 60.0
"""A request that has begun must be whole within this."""
HEAD_BYTES = 16 << 10
INFLATED_TIMES = 8
"""A body may unpack to so many times `body_bytes`."""
PACKED = ("gzip", "zstd")
ACTIONS = frozenset({"index", "create", "update", "delete"})
"""What Elasticsearch's `_bulk` says before each object."""


POSTS = (b"POST", b"PUT")


class Declined(Exception):  # noqa: N818 - an answer
    """A request that is not taken, and the status it is answered with."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


PROOF = "a token (token_env or token_file)"
"""What proves peers."""


@dataclass(frozen=True)
class Http:
    """JSON objects that are posted: EVE, Zeek, own flow columns, lines of devices."""

    listen: tuple[str, ...] = ("127.0.0.1:8088",)
    """Addresses and ports; any path is taken."""
    token_env: str = ""
    """The environment variable that holds the token (`Authorization: Bearer ...`)."""
    token_file: str = ""
    """Or the file that holds it. Must be named where others than this machine can post."""
    tls_cert: str = ""
    """File with the certificate that is shown to peers, and those it depends on (PEM)."""
    tls_key: str = ""
    """File with its key; empty: in the same file."""
    tls_client_ca: str = ""
    """File with the certificates that certify peers; they must show one."""
    connections: int = 128
    """Most connections at a time."""
    idle_s: float = 60.0
    """A connection on which nothing is asked for so long ends."""
    body_bytes: int = 8 << 20
    """Most bytes of one request, as sent; unpacked eight times as many."""
    flows_of_events: bool = False
    """Whether flows are made of what events tell: for senders without flow records."""
    sync_s: float = 1.0
    """What came is forced to the disk so often; 0: before each answer."""
    journal_bytes: int = LIMIT_BYTES
    """Most that waits on the disk; what comes then is asked to come again."""
    lateness_s: float = 330.0
    """As of logs: a sensor tells of a flow when it gives it up."""
    pace: ClassVar[Literal["clock", "record"]] = "record"
    beside: ClassVar[tuple[str, ...]] = ("token_file", "tls_cert", "tls_key", "tls_client_ca")

    def usable(self, name: str) -> None:
        """Raises `FeedError` where others can reach it without TLS or a token."""
        reachable(self, name, proof=bool(self.token_env or self.token_file), what=PROOF)

    def open(self, room: Room) -> Serving:
        """Begins to listen. Raises `FeedError`."""
        return Serving(self, room)


class Serving(Receiving):
    """Ports to which objects are posted."""

    def __init__(self, options: Http, room: Room) -> None:
        self._options = options
        self._token = Token.of(room.name, options.token_env, options.token_file)
        super().__init__(
            options, room, self._serve,
            proof=self._token is not None, what=PROOF,
        )  # fmt: skip
        self.streams.start()

    def _serve(self, connection: Connection) -> None:
        """Answers the requests of a connection, one after the other."""
        http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
        while True:
            try:
                asked = self._asked(http, connection)
            except h11.RemoteProtocolError as error:
                if http.our_state is h11.SEND_RESPONSE:
                    _answer(http, connection, error.error_status_hint, {"error": "no HTTP"})
                raise Refused("no HTTP") from None
            if asked is None:
                return
            connection.whole()
            self._answer(http, connection, asked)
            connection.release()
            if http.our_state is not h11.DONE or http.their_state is not h11.DONE:
                return
            http.start_next_cycle()

    def _asked(self, http: h11.Connection, connection: Connection) -> _Asked | None:
        """The next request, its body as far as it may be long; None where the peer ends."""
        asked: _Asked | None = None
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                if http.they_are_waiting_for_100_continue:
                    going = h11.InformationalResponse(status_code=100, headers=[])
                    connection.send(http.send(going) or b"")
                begun = asked is not None or bool(http.trailing_data[0])
                within_s = REQUEST_S if begun else self._options.idle_s
                if not connection.more(within_s, begun=begun):
                    return None
                http.receive_data(connection.taken(len(connection.buffer)))
            elif isinstance(event, h11.Request):
                asked = _Asked(event)
            elif isinstance(event, h11.Data) and asked:
                asked.size += len(event.data)
                if asked.size <= self._options.body_bytes:
                    connection.hold(len(event.data))
                    asked.body += event.data
                elif asked.size > 4 * self._options.body_bytes:
                    _answer(http, connection, 413, {"error": "the body is too long"})
                    raise Refused("a body is too long")
            elif isinstance(event, h11.EndOfMessage):
                return asked
            else:
                return None

    def _answer(self, http: h11.Connection, connection: Connection, asked: _Asked) -> None:
        status, told = 200, {"status": "ready"}
        try:
            self._allowed(asked)
            if asked.method in POSTS:
                with connection.turn:
                    told = self._journaled(connection.peer, asked, self._body(asked))
        except Declined as declined:
            status, told = declined.status, {"error": str(declined)}
            if status in (401, 413):
                self.streams.refusals.say(str(declined), connection.peer)
        _answer(http, connection, status, told, head=asked.method == b"HEAD")

    def _allowed(self, asked: _Asked) -> None:
        if self._token and not self._token.known(asked.token()):
            raise Declined(401, "without the right token")
        if asked.method not in (*POSTS, b"GET", b"HEAD"):
            raise Declined(405, "post JSON")
        if asked.size > self._options.body_bytes:
            raise Declined(413, f"a body of more than {self._options.body_bytes} bytes")

    def _body(self, asked: _Asked) -> bytes:
        """The body, unpacked."""
        body = bytes(asked.body)
        packed = asked.header(b"content-encoding").decode("latin-1").strip().lower()
        if packed in ("", "identity"):
            return body
        if packed not in PACKED:
            raise Declined(415, f"content-encoding: {' or '.join(PACKED)}")
        most = self._options.body_bytes * INFLATED_TIMES
        body, broken = _core.inflate(body, most + 1)
        if len(body) > most:
            raise Declined(413, f"a body that unpacks to more than {most} bytes")
        if broken:
            raise Declined(400, f"the body is no {packed}")
        return body

    def _journaled(self, peer: str, asked: _Asked, body: bytes) -> dict[str, Any]:
        """Puts the objects of a body into the journal; the answer."""
        actions: list[str] = []
        try:
            lines = objects(body)
        except ValueError:
            raise Declined(400, "the body is no JSON") from None
        bulk = asked.target.partition(b"?")[0].endswith(b"/_bulk")
        if bulk:
            lines, actions = _without_actions(lines)
        if lines and not self.arrivals.put((content_of(peer, lines),)):
            raise Declined(503, "no room in the journal; send it again")
        if not bulk:
            return {"taken": len(lines)}
        items = [{action: {"status": 201}} for action in actions]
        return {"took": 0, "errors": False, "items": items}


@dataclass
class _Asked:
    """One request."""

    request: h11.Request
    body: bytearray = field(default_factory=bytearray)
    size: int = 0
    """Bytes of the body, also of those that were not kept."""

    @property
    def method(self) -> bytes:
        return self.request.method

    @property
    def target(self) -> bytes:
        return self.request.target

    def header(self, name: bytes) -> bytes:
        """The first header of a name (lower case); empty where there is none."""
        return next((bytes(value) for key, value in self.request.headers if key == name), b"")

    def token(self) -> bytes:
        """What it proves itself with: a bearer, a key, or the password of Basic."""
        scheme, _, told = self.header(b"authorization").partition(b" ")
        if scheme.lower() != b"basic":
            return told.strip()
        try:
            return base64.b64decode(told.strip(), validate=True).partition(b":")[2]
        except binascii.Error:
            return b""


def _answer(
    http: h11.Connection,
    connection: Connection,
    status: int,
    told: dict[str, Any],
    *,
    head: bool = False,
) -> None:
    body = json.dumps(told).encode()
    headers = [("content-type", "application/json"), ("content-length", str(len(body)))]
    if status == 401:
        headers.append(("www-authenticate", "Bearer"))
    if status == 503:
        headers.append(("retry-after", "5"))
    if http.their_state is not h11.DONE:
        headers.append(("connection", "close"))
    out = http.send(h11.Response(status_code=status, headers=headers)) or b""
    if not head:
        out += http.send(h11.Data(data=body)) or b""
    connection.send(out + (http.send(h11.EndOfMessage()) or b""))


def objects(body: bytes) -> list[bytes]:
    """The objects of a body, one a line: lines, a list, or one that stands over several lines.

    Lines that are no objects are left as they are. Raises ValueError on what cannot be read.
    """
    text = body.strip()
    first = text.partition(b"\n")[0].rstrip()
    whole = first.startswith(b"[") or (first.startswith(b"{") and not first.endswith(b"}"))
    if not whole:
        return [line for line in (line.strip() for line in text.split(b"\n")) if line]
    try:
        read = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return [json.dumps(each).encode() for each in (read if isinstance(read, list) else [read])]


def _without_actions(lines: list[bytes]) -> tuple[list[bytes], list[str]]:
    """The objects of a `_bulk` without what is said before each, and what that was."""
    found: list[bytes] = []
    actions: list[str] = []
    left = iter(lines)
    for line in left:
        try:
            read = json.loads(line)
        except (ValueError, RecursionError):
            read = None
        said = next(iter(read), "") if isinstance(read, dict) and len(read) == 1 else ""
        if said not in ACTIONS:
            found.append(line)
            continue
        actions.append(said)
        if said != "delete":
            found += [each for each in (next(left, None),) if each is not None]
    return found, actions
