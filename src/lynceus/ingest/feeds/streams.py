"""Connections that peers open: bounded in number and in how long they may take."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence

from lynceus.ingest.feeds.arrivals import Arrivals
from lynceus.ingest.feeds.feed import FeedError, Room
from lynceus.ingest.feeds.listening import Address, Refusals

HANDSHAKE_S = 10.0
PATIENCE_S = 0.2
"""Threads look so often whether they should end."""
READ_BYTES = 256 << 10
WAITING_BYTES = 256 << 20
"""Most that all connections of a listener hold of what is not whole yet."""
AT_WORK = 4
"""Connections whose messages are unpacked and taken apart at a time."""


class Refused(Exception):  # noqa: N818 - no error of ours: what a peer did wrong
    """A peer that does what it may not; one line. Its connection ends."""


class Budget:
    """Bytes that all connections of a listener hold together."""

    def __init__(self) -> None:
        self._held = 0
        self._lock = threading.Lock()
        self.turn = threading.BoundedSemaphore(AT_WORK)
        """Taken while a message is unpacked and taken apart."""

    def hold(self, size: int) -> None:
        """Counts bytes that are held; fewer than 0 are let go. Raises `Refused`."""
        with self._lock:
            if size > 0 and self._held + size > WAITING_BYTES:
                raise Refused("too much is waiting from all peers")
            self._held += size


class Connection:
    """One peer: its bytes as they come, each wait with an end."""

    def __init__(
        self, own: socket.socket, peer: str, stop: threading.Event, budget: Budget
    ) -> None:
        self._socket, self._stop, self._budget = own, stop, budget
        self._held = 0
        self._since: float | None = None
        """Since when a message comes that is not whole."""
        self.turn = budget.turn
        self.peer = peer
        """Its address."""
        self.buffer = bytearray()
        """What was received and not taken yet."""

    def more(self, within_s: float, *, begun: bool = False) -> bool:
        """Receives what comes next; False where the peer or the listener ended.

        Raises `Refused` when nothing comes in time; of a message that has `begun` when it is not
        `whole` in time, however often a little of it comes.
        """
        now = time.monotonic()
        self._since = (self._since or now) if begun else None
        end = (self._since or now) + within_s
        if now >= end:
            raise Refused("too slow")
        while not self._stop.is_set():
            try:
                data = self._socket.recv(READ_BYTES)
            except TimeoutError:
                if time.monotonic() >= end:
                    raise Refused("too slow") from None
                continue
            self.hold(len(data))
            self.buffer += data
            return bool(data)
        return False

    def whole(self) -> None:
        """A message has come whole: the time of the next one begins."""
        self._since = None

    def hold(self, size: int) -> None:
        """Counts bytes of this peer that are held, or (below 0) let go. Raises `Refused`."""
        self._budget.hold(size)
        self._held += size

    def release(self) -> None:
        """Lets go of all that is held."""
        self.hold(-self._held)

    def taken(self, size: int) -> bytes:
        """The first bytes of what was received; they are gone from there."""
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        self.hold(-len(data))
        return data

    def send(self, data: bytes) -> None:
        """Answers. Raises OSError where the peer does not take it."""
        self._socket.settimeout(HANDSHAKE_S)
        self._socket.sendall(data)
        self._socket.settimeout(PATIENCE_S)

    def journaled(self, arrivals: Arrivals, contents: Sequence[bytes]) -> bool:
        """Puts contents into the journal, waiting for room; False where the listener ends."""
        left = list(contents)
        while left and not self._stop.is_set():
            left = left[arrivals.put(left) :]
            if left:
                self._stop.wait(PATIENCE_S)
        return not left


class StreamListener:
    """Sockets that accept connections, a thread for each."""

    def __init__(
        self,
        room: Room,
        listen: Sequence[Address],
        *,
        tls: ssl.SSLContext | None,
        most: int,
        serve: Callable[[Connection], None],
    ) -> None:
        """Opens the sockets; `serve` has a connection until it returns. Raises `FeedError`."""
        self.refusals = Refusals(room)
        self._room, self._tls, self._most, self._serve = room, tls, most, serve
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._budget = Budget()
        self._connections: set[threading.Thread] = set()
        self._sockets: list[socket.socket] = []
        for address in listen:
            try:
                self._sockets.append(_opened(address))
            except OSError as error:
                self.close()
                raise FeedError(f"{room.name}: listen {address}: {error.strerror}") from error
        self.ports = [one.getsockname()[1] for one in self._sockets]
        """The ports it listens at, in the order of `listen`."""
        self._acceptors = [
            threading.Thread(target=self._accept, args=(one,), daemon=True)
            for one in self._sockets
        ]  # fmt: skip

    def start(self) -> None:
        """Begins to accept connections."""
        for acceptor in self._acceptors:
            acceptor.start()

    def _accept(self, listening: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                accepted, address = listening.accept()
            except TimeoutError:
                continue
            except OSError as error:
                if self._stop.is_set():
                    return
                self.refusals.say("cannot accept", str(error))
                self._stop.wait(PATIENCE_S)
                continue
            with self._lock:
                full = len(self._connections) >= self._most
                if not full:
                    thread = threading.Thread(
                        target=self._run, args=(accepted, str(address[0])), daemon=True
                    )
                    self._connections.add(thread)
                    thread.start()
            if full:
                accepted.close()
                self.refusals.say("too many connections, refused", str(address[0]))

    def _run(self, accepted: socket.socket, peer: str) -> None:
        own, connection = accepted, None
        try:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if self._tls:
                own.settimeout(HANDSHAKE_S)
                own = self._tls.wrap_socket(own, server_side=True)
            own.settimeout(PATIENCE_S)
            connection = Connection(own, peer, self._stop, self._budget)
            self._serve(connection)
        except Refused as error:
            self.refusals.say(str(error), peer)
        except ssl.SSLError as error:
            self.refusals.say("TLS refused", f"{peer}: {error.reason or error}")
        except OSError:
            return  # The peer is gone; what it sent whole has been taken.
        except Exception as error:  # noqa: BLE001 - one peer never ends the others
            self.refusals.say("a fault in a connection", f"{peer}: {type(error).__name__}: {error}")
        finally:
            if connection:
                connection.release()
            with contextlib.suppress(OSError):
                own.close()
            with self._lock:
                self._connections.discard(threading.current_thread())

    def close(self) -> None:
        """Ends all connections and closes the sockets."""
        self._stop.set()
        for one in self._sockets:
            one.close()
        with self._lock:
            threads = [*self._connections]
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(2.0)


def _opened(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind((address.host, address.port))
        opened.listen(128)
        opened.settimeout(PATIENCE_S)
    except BaseException:
        opened.close()
        raise
    return opened
