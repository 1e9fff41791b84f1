"""Syslog over UDP, TCP and TLS: lines of everything that the sources of log files know.

RFC 3164 as devices write it and RFC 5424; over TCP and TLS lines that end in a line feed and frames
that tell their length (RFC 6587, RFC 5425). Syslog has no acknowledgement: what the kernel has
taken in when this process dies is lost to both sides; what was journaled is not.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import polars as pl

from lynceus.account import Account
from lynceus.ingest import device_log
from lynceus.ingest.feeds.arrivals import Arrivals, Stretch
from lynceus.ingest.feeds.credentials import PEERS, certified, demand, tls_context
from lynceus.ingest.feeds.datagrams import Blocks, DatagramListener, senders
from lynceus.ingest.feeds.feed import Chunk, FeedError, Place, Room
from lynceus.ingest.feeds.journal import LIMIT_BYTES
from lynceus.ingest.feeds.listening import addresses
from lynceus.ingest.feeds.streams import Connection, Refused, StreamListener

LINE_BYTES = 256 << 10
"""Longest line; a longer one is passed over and counted."""
HALF_LINE_S = 30.0
"""A line that has begun must end within this."""
COUNT = re.compile(rb"([1-9]\d{0,6}) ")
DATAGRAMS, LINES = b"U", b"L"
"""What a content of the journal holds: a block of datagrams, or who sent them and lines."""


@dataclass(frozen=True)
class Syslog:
    """Lines that devices and relays (rsyslog, syslog-ng) send."""

    udp: tuple[str, ...] = ()
    """Addresses and ports for datagrams, such as `127.0.0.1:5514`."""
    tcp: tuple[str, ...] = ()
    """Addresses and ports for connections without TLS; of this machine only."""
    tls: tuple[str, ...] = ()
    """Addresses and ports for connections with TLS."""
    allow: tuple[str, ...] = ()
    """Networks that may send datagrams; must be named where others than this machine can."""
    tls_cert: str = ""
    """File with the certificate that is shown to peers, and those it depends on (PEM)."""
    tls_key: str = ""
    """File with its key; empty: in the same file."""
    tls_client_ca: str = ""
    """File with the certificates that certify peers; they must show one."""
    connections: int = 256
    """Most connections at a time."""
    idle_s: float = 3600.0
    """A connection on which nothing comes for so long ends."""
    sync_s: float = 1.0
    """What came is forced to the disk so often; 0: at once, before more is read."""
    buffer_bytes: int = 16 << 20
    """What the kernel keeps for each port of datagrams until it is received."""
    journal_bytes: int = LIMIT_BYTES
    """Most that waits on the disk: datagrams are shed then, connections wait."""
    lateness_s: float = 60.0
    """Relays and devices are this far behind at most."""
    pace: ClassVar[Literal["clock", "record"]] = "clock"
    beside: ClassVar[tuple[str, ...]] = ("tls_cert", "tls_key", "tls_client_ca")

    def usable(self, name: str) -> None:
        """Raises `FeedError` where it listens nowhere, or others can send and nobody says who."""
        if not (self.udp or self.tcp or self.tls):
            addresses((), name)
        if self.udp:
            senders(name, self.udp, self.allow)
        if self.tcp:
            demand(name, addresses(self.tcp, name), tls=False, proof=True, what="")
        if self.tls:
            if not certified(name, self.tls_cert, self.tls_key, self.tls_client_ca):
                raise FeedError(f"{name}: tls: needs a certificate (tls_cert, tls_key)")
            listen = addresses(self.tls, name)
            demand(name, listen, tls=True, proof=bool(self.tls_client_ca), what=PEERS)

    def open(self, room: Room) -> Listening:
        """Begins to listen. Raises `FeedError`."""
        return Listening(self, room)


class Listening:
    """Ports to which lines are sent."""

    def __init__(self, options: Syslog, room: Room) -> None:
        self._options, self._room = options, room
        self._closing: list[DatagramListener | StreamListener | Arrivals] = []
        self._datagrams: DatagramListener | None = None
        self.ports: dict[str, list[int]] = {"udp": [], "tcp": [], "tls": []}
        """The ports it listens at, in the order of the options."""
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        options, room = self._options, self._room
        options.usable(room.name)
        if options.udp:
            self._datagrams = DatagramListener(
                room, options.udp, options.allow, options.buffer_bytes
            )
            self._closing.append(self._datagrams)
            self.ports["udp"] = self._datagrams.ports
        streams = [self._streams(name) for name in ("tcp", "tls") if getattr(options, name)]
        self._arrivals = Arrivals(
            room, limit_bytes=options.journal_bytes, sync_s=options.sync_s, look=self._look
        )
        self._closing.append(self._arrivals)
        if self._datagrams:
            self._datagrams.start(self._arrivals, DATAGRAMS)
        for each in streams:
            each.start()

    def _streams(self, name: Literal["tcp", "tls"]) -> StreamListener:
        options, room = self._options, self._room
        listen = addresses(getattr(options, name), room.name)
        context = None
        if name == "tls":
            context = tls_context(
                room.name, options.tls_cert, options.tls_key, options.tls_client_ca
            )
        streams = StreamListener(
            room, listen, tls=context, most=options.connections, serve=self._serve
        )
        self._closing.append(streams)
        self.ports[name] = streams.ports
        return streams

    def _look(self, account: Account) -> None:
        if self._datagrams:
            self._datagrams.look(account)

    def _serve(self, connection: Connection) -> None:
        """Journals the lines of a connection until it ends; a last one may lack its end."""
        who = connection.peer.encode()
        head = LINES + bytes([len(who)]) + who
        frames = Frames()
        while connection.more(
            HALF_LINE_S if (begun := frames.begun(connection)) else self._options.idle_s,
            begun=begun,
        ):
            lines = frames.taken(connection)
            self._count(frames)
            if lines:
                connection.whole()
            if lines and not connection.journaled(self._arrivals, [head + b"\n".join(lines)]):
                return
        if connection.buffer and not frames.counted:
            rest = connection.taken(len(connection.buffer))
            connection.journaled(self._arrivals, [head + rest])

    def _count(self, frames: Frames) -> None:
        long, frames.long = frames.long, 0
        if long:
            self._arrivals.count(lambda account: _passed_over(account, long))

    def chunks(self, place: Place, stop: threading.Event) -> Iterator[Chunk]:
        """What the lines tell, from a place on."""
        place = self._arrivals.reachable(place)
        for stretch in self._arrivals.stretches(place, stop):
            if stretch.contents or stretch.account != Account():
                yield self._chunk(stretch)

    def _chunk(self, stretch: Stretch) -> Chunk:
        heard = _heard(stretch.contents, stretch.cut_ns, stretch.account)
        account = stretch.account
        if heard.is_empty():
            return Chunk.nothing(stretch.place, account=account, arrived_ns=stretch.arrived_ns)
        digest = hashlib.sha256(f"{self._room.name} {stretch.place}".encode()).hexdigest()[:32]
        batch = device_log.batch_of_arrived(heard, self._room.site, digest, account)
        return Chunk(batch, stretch.place, account, stretch.arrived_ns)

    def kept(self, place: Place) -> None:
        """Forgets the lines before a place."""
        self._arrivals.kept(place)

    def close(self) -> None:
        """Ends all connections, journals what came and closes the ports."""
        for each in sorted(self._closing, key=lambda one: isinstance(one, Arrivals)):
            each.close()


class Frames:
    """The lines of one connection, in the framing that its first bytes show."""

    def __init__(self) -> None:
        self.counted: bool | None = None
        """Whether frames tell their length; None before the first."""
        self.long = 0
        """Lines that were too long."""
        self._skipping = False

    def begun(self, connection: Connection) -> bool:
        """Whether a line has begun that has not ended."""
        return bool(connection.buffer) or self._skipping

    def taken(self, connection: Connection) -> list[bytes]:
        """The whole lines that have come. Raises `Refused` on what is no framing."""
        if self.counted is None:
            if not connection.buffer:
                return []
            self.counted = connection.buffer[:1].isdigit() and b" <" in connection.buffer[:9]
            if not self.counted and connection.buffer.isdigit() and len(connection.buffer) < 9:
                self.counted = None
                return []
        return self._frames(connection) if self.counted else self._lines(connection)

    def _lines(self, connection: Connection) -> list[bytes]:
        end = connection.buffer.rfind(b"\n") + 1
        if not end:
            if len(connection.buffer) > LINE_BYTES:
                self.long += not self._skipping
                self._skipping = True
                connection.taken(len(connection.buffer))
            return []
        lines = connection.taken(end).split(b"\n")[:-1]
        if self._skipping:
            lines, self._skipping = lines[1:], False
        fit = [line for line in lines if len(line) <= LINE_BYTES]
        self.long += len(lines) - len(fit)
        return fit

    def _frames(self, connection: Connection) -> list[bytes]:
        # Where a frame begins stands in the one before it: there is no doing all of them at once.
        data, at, lines = bytes(connection.buffer), 0, []
        while at < len(data):
            found = COUNT.match(data, at)
            if not found:
                if len(data) - at < 8 and data[at:].isdigit():
                    break
                raise Refused("a frame of syslog does not tell its length")
            end = found.end() + int(found[1])
            if int(found[1]) > LINE_BYTES:
                raise Refused("a frame of syslog is too long")
            if end > len(data):
                break
            lines.append(data[found.end() : end].strip().replace(b"\n", b" "))
            at = end
        connection.taken(at)
        return lines


def _passed_over(account: Account, count: int) -> None:
    account.received += count
    account.drop("line_too_long", count)


def _heard(contents: Sequence[bytes], cut_ns: int, account: Account) -> pl.DataFrame:
    """All lines that say something, in the order they came: `line`, `peer`, `arrived_ns`."""
    lines, peers, arrived = [], [], []
    for content in contents:
        if content[:1] == LINES:
            size = content[1]
            told = content[2 + size :].split(b"\n")
            lines += told
            peers += [content[2 : 2 + size].decode()] * len(told)
            arrived.append(np.full(len(told), cut_ns))
            continue
        blocks = Blocks.of([content[1:]])
        data = blocks.data.tobytes()
        spans = zip(blocks.start.tolist(), blocks.end.tolist(), strict=True)
        lines += [data[begin:end].strip(b"\0\r\n ").replace(b"\n", b" ") for begin, end in spans]
        peers += [blocks.senders[sender] for sender in blocks.sender.tolist()]
        arrived.append(blocks.arrived_ns)
    times = np.concatenate([np.zeros(0, np.int64), *arrived])
    written = [line.decode("utf-8", "replace") for line in lines]
    heard = pl.DataFrame(
        {"line": written, "peer": peers, "arrived_ns": times},
        schema={"line": pl.String, "peer": pl.String, "arrived_ns": pl.Int64},
    )
    broken = sum(line.count("\ufffd") for line in written if "\ufffd" in line)
    account.note("bytes_not_utf8", broken)
    heard = heard.filter(pl.col("line").str.contains(r"\S"))
    return heard.with_columns(
        pl.col("line").str.strip_chars_end("\r\0").str.replace_all("[\x1e\x1f]", " ")
    )
