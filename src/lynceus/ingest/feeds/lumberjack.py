"""The Lumberjack protocol, 1 and 2: what Beats and Logstash send.

    version '1' or '2', kind: W window, D or J an event, C such frames compressed with zlib

Events are acknowledged by their number once the journal has them; what a peer heard no
acknowledgement of, it sends again.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from lynceus.account import Account
from lynceus.ingest.feeds.credentials import PEERS
from lynceus.ingest.feeds.feed import Room
from lynceus.ingest.feeds.journal import LIMIT_BYTES
from lynceus.ingest.feeds.received import Receiving, content_of, reachable
from lynceus.ingest.feeds.streams import Connection, Refused

FRAME_S = 30.0
"""A frame that has begun must be whole within this."""
EVENT_BYTES = 1 << 20
PACKED_BYTES = 8 << 20
INFLATED_BYTES = 32 << 20
MOST_PAIRS = 1_000
ACKNOWLEDGED = struct.Struct(">ccI")
NUMBER, TWO = struct.Struct(">I"), struct.Struct(">II")


@dataclass(frozen=True)
class Lumberjack:
    """Events of Beats (`output.logstash`) and Logstash (`output lumberjack`)."""

    listen: tuple[str, ...] = ("127.0.0.1:5044",)
    """Addresses and ports."""
    tls_cert: str = ""
    """File with the certificate that is shown to peers, and those it depends on (PEM)."""
    tls_key: str = ""
    """File with its key; empty: in the same file."""
    tls_client_ca: str = ""
    """File with the certificates that certify peers; must be named where others than this machine
    can connect: the protocol knows no token."""
    connections: int = 256
    """Most connections at a time."""
    idle_s: float = 3600.0
    """A connection on which nothing comes for so long ends."""
    flows_of_events: bool = False
    """Whether flows are made of what events tell: for senders without flow records."""
    sync_s: float = 1.0
    """What came is forced to the disk so often; 0: before each acknowledgement."""
    journal_bytes: int = LIMIT_BYTES
    """Most that waits on the disk; peers wait then."""
    lateness_s: float = 330.0
    """As of logs: a sensor tells of a flow when it gives it up."""
    pace: ClassVar[Literal["clock", "record"]] = "record"
    beside: ClassVar[tuple[str, ...]] = ("tls_cert", "tls_key", "tls_client_ca")

    def usable(self, name: str) -> None:
        """Raises `FeedError` where others can reach it and need not show a certificate."""
        reachable(self, name, proof=bool(self.tls_client_ca), what=PEERS)

    def open(self, room: Room) -> Acknowledging:
        """Begins to listen. Raises `FeedError`."""
        return Acknowledging(self, room)


class Acknowledging(Receiving):
    """Ports to which Beats and Logstash connect."""

    def __init__(self, options: Lumberjack, room: Room) -> None:
        self._options = options
        super().__init__(
            options, room, self._serve,
            proof=bool(options.tls_client_ca), what=PEERS,
        )  # fmt: skip
        self.streams.start()

    def _serve(self, connection: Connection) -> None:
        """Journals and acknowledges the events of a connection."""
        frames = Frames()
        while connection.more(
            FRAME_S if connection.buffer else self._options.idle_s, begun=bool(connection.buffer)
        ):
            with connection.turn:
                size = frames.read(bytes(connection.buffer))
            connection.taken(size)
            if size:
                connection.whole()
            if frames.unreadable:
                self._count(frames)
            if frames.events:
                content = content_of(connection.peer, frames.events)
                if not connection.journaled(self.arrivals, [content]):
                    return
                frames.events.clear()
            for version, number in frames.due():
                connection.send(ACKNOWLEDGED.pack(version, b"A", number))

    def _count(self, frames: Frames) -> None:
        broken, frames.unreadable = frames.unreadable, 0
        self.arrivals.count(lambda account: _unreadable(account, broken))


@dataclass
class Frames:
    """The events of one connection, and how far they are to be acknowledged."""

    version: bytes = b"2"
    """Of the last frame: an acknowledgement is of the same."""
    last: int = 0
    """Number of the last event that came."""
    events: list[bytes] = field(default_factory=list)
    """JSON objects that came and were not taken yet."""
    unreadable: int = 0
    """Events that are no JSON object."""
    _told: int = 0
    """Number of the last event that was acknowledged."""
    _windows: list[tuple[bytes, int]] = field(default_factory=list)
    """What is to be acknowledged of windows that are over."""

    def due(self) -> list[tuple[bytes, int]]:
        """What is to be acknowledged, version and number; it is taken for done."""
        self._over()
        due, self._windows = self._windows, []
        return due

    def _over(self) -> None:
        if self.last != self._told:
            self._windows.append((self.version, self.last))
            self._told = self.last

    def read(self, data: bytes, *, inside: bool = False) -> int:
        """Reads the whole frames that data begins with; where they end.

        Raises `Refused` on what is no frame or too long.
        """
        at = 0
        while at + 2 <= len(data):
            version, kind = data[at : at + 1], data[at + 1 : at + 2]
            if version not in (b"1", b"2"):
                raise Refused("no Lumberjack")
            end = self._frame(data, at + 2, kind, inside=inside)
            if end is None:
                break
            self.version, at = version, end
        return at

    def _frame(self, data: bytes, at: int, kind: bytes, *, inside: bool) -> int | None:
        """Where a frame ends; None where it is not whole."""
        if kind == b"W":
            if at + 4 > len(data):
                return None
            self._over()
            self.last = self._told = 0
            return at + 4
        if kind == b"J":
            return self._json(data, at)
        if kind == b"D":
            return self._pairs(data, at)
        if kind == b"C" and not inside:
            return self._packed(data, at)
        raise Refused("no frame of Lumberjack")

    def _json(self, data: bytes, at: int) -> int | None:
        if at + 8 > len(data):
            return None
        number, size = (int(n) for n in TWO.unpack_from(data, at))
        if size > EVENT_BYTES:
            raise Refused("an event of Lumberjack is too long")
        end = at + 8 + size
        if end > len(data):
            return None
        event = data[at + 8 : end].strip()
        if not (event.startswith(b"{") and event.endswith(b"}")):
            self.unreadable += 1
        else:
            self.events.append(event.replace(b"\r", b" ").replace(b"\n", b" "))
        self.last = number
        return end

    def _pairs(self, data: bytes, begin: int) -> int | None:
        """An event of version 1: pairs of texts; its line stands under `line`."""
        if begin + 8 > len(data):
            return None
        number, count = (int(n) for n in TWO.unpack_from(data, begin))
        if count > MOST_PAIRS:
            raise Refused("an event of Lumberjack is too long")
        at, texts = begin + 8, []
        for _ in range(2 * count):
            if at + 4 > len(data):
                return None
            size = int(NUMBER.unpack_from(data, at)[0])
            if size > EVENT_BYTES or at - begin > EVENT_BYTES:
                raise Refused("an event of Lumberjack is too long")
            if at + 4 + size > len(data):
                return None
            texts.append(data[at + 4 : at + 4 + size].decode("utf-8", "replace"))
            at += 4 + size
        told = dict(zip(texts[::2], texts[1::2], strict=True))
        told.setdefault("message", told.pop("line", ""))
        self.events.append(json.dumps(told).encode())
        self.last = number
        return at

    def _packed(self, data: bytes, at: int) -> int | None:
        if at + 4 > len(data):
            return None
        size = int(NUMBER.unpack_from(data, at)[0])
        if size > PACKED_BYTES:
            raise Refused("a compressed frame of Lumberjack is too long")
        if at + 4 + size > len(data):
            return None
        unpacking = zlib.decompressobj()
        try:
            inner = unpacking.decompress(data[at + 4 : at + 4 + size], INFLATED_BYTES)
        except zlib.error:
            raise Refused("a compressed frame of Lumberjack is broken") from None
        if unpacking.unconsumed_tail or not unpacking.eof:
            raise Refused("a compressed frame of Lumberjack is too long or cut")
        if self.read(inner, inside=True) < len(inner):
            raise Refused("a compressed frame of Lumberjack is cut")
        return at + 4 + size


def _unreadable(account: Account, count: int) -> None:
    account.received += count
    account.drop("not_a_json_object", count)
