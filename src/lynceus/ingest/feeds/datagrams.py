"""Datagrams that come to UDP ports: received without the interpreter, journaled in blocks."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address

import numpy as np
import numpy.typing as npt

from lynceus import _core
from lynceus.account import Account
from lynceus.ingest.feeds.arrivals import Arrivals
from lynceus.ingest.feeds.feed import FeedError, Room
from lynceus.ingest.feeds.listening import Address, Refusals, addresses, networks
from lynceus.ingest.wire_bytes import Bytes, Places

WAITING_BYTES = 64 << 20
"""Most that waits in memory for the journal; what comes then is shed."""
ENOUGH_BYTES = 256 << 10
GATHER_S = 0.02
"""Datagrams are journaled together that come within this time, or until they are enough."""

SO_RCVBUFFORCE = 33
SO_MEMINFO = 55
MEMINFO_DROPS = 8
"""Of Linux, not in `socket`: the place of the drop counter among nine numbers of 32 bits."""


def senders(
    source: str, listen: Sequence[str], allow: Sequence[str]
) -> tuple[list[Address], list[str]]:
    """Where a source listens, and the networks that may send there.

    Raises `FeedError` where others than this machine can send, and none are named.
    """
    allowed = networks(allow, source)
    here = addresses(listen, source)
    if not allowed and (open_to_all := [address for address in here if not address.loopback]):
        reason = "name the networks that may send in allow"
        raise FeedError(f"{source}: listen {open_to_all[0]}: {reason}")
    return here, allowed


class DatagramListener:
    """Sockets of a source, and the thread that journals what they receive."""

    def __init__(
        self, room: Room, listen: Sequence[str], allow: Sequence[str], buffer_bytes: int
    ) -> None:
        """Opens the sockets. Raises `FeedError`."""
        self._refusals = Refusals(room)
        self._sockets: list[socket.socket] = []
        self._seen = {"received": 0, "refused": 0, "shed": 0, "errors": 0, "kernel": 0}
        here, allowed = senders(room.name, listen, allow)
        try:
            for address in here:
                try:
                    self._sockets.append(_opened(address.host, address.port, buffer_bytes))
                except OSError as error:
                    raise FeedError(f"{room.name}: listen {address}: {error.strerror}") from error
            self._receiver = _core.DatagramReceiver(
                [os.dup(one.fileno()) for one in self._sockets],
                allowed=allowed, most_bytes=WAITING_BYTES, enough_bytes=ENOUGH_BYTES,
            )  # fmt: skip
        except BaseException:
            self._close_sockets()
            raise
        self.ports = [one.getsockname()[1] for one in self._sockets]
        """The ports it listens at, in the order of `listen`."""
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def start(self, arrivals: Arrivals, mark: bytes = b"") -> None:
        """Begins to journal what comes, each block behind a mark."""
        self._thread = threading.Thread(target=self._run, args=(arrivals, mark), daemon=True)
        self._thread.start()

    def _run(self, arrivals: Arrivals, mark: bytes) -> None:
        while True:
            stopping = self._stop.is_set()
            block = self._receiver.take(0.0 if stopping else 0.25, 0.0 if stopping else GATHER_S)
            if block and not arrivals.put((mark + block,)):
                shed = int.from_bytes(block[:4], "little")
                arrivals.count(lambda account, shed=shed: _shed(account, shed))  # type: ignore[misc]
                self._refusals.say(
                    "the journal is full or too far behind, datagrams are shed", count=shed
                )
            if stopping and not block:
                return

    def look(self, account: Account) -> None:
        """Adds what was lost since the last look."""
        received, refused, shed, errors, last = self._receiver.counts()
        kernel = 0
        for one in self._sockets:
            with contextlib.suppress(OSError):
                told = np.frombuffer(one.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36), np.uint32)
                kernel += int(told[MEMINFO_DROPS]) if told.size > MEMINFO_DROPS else 0
        now = {"received": received, "refused": refused, "shed": shed, "errors": errors,
               "kernel": max(kernel, self._seen["kernel"])}  # fmt: skip
        more = {name: count - self._seen[name] for name, count in now.items()}
        self._seen = now
        account.note("datagrams_dropped_by_kernel", more["kernel"])
        account.note("datagrams_of_senders_not_allowed", more["refused"])
        account.note("socket_errors", more["errors"])
        _shed(account, more["shed"])
        if more["refused"]:
            self._refusals.say("not allowed to send", str(last), more["refused"])
        if more["kernel"]:
            self._refusals.say("the kernel dropped datagrams", str(more["kernel"]))
        if more["shed"]:
            self._refusals.say("datagrams come faster than they are journaled", count=more["shed"])

    def close(self) -> None:
        """Journals what came and closes the sockets."""
        self._receiver.close()
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._close_sockets()

    def _close_sockets(self) -> None:
        for one in self._sockets:
            one.close()


def _shed(account: Account, count: int) -> None:
    account.received += count
    account.drop("shed", count)


def _opened(host: str, port: int, buffer_bytes: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:  # Beyond what the system allows everyone, for who may administer the network.
            opened.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, buffer_bytes)
        except OSError:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        opened.bind((host, port))
    except BaseException:
        opened.close()
        raise
    return opened


@dataclass(frozen=True)
class Blocks:
    """The datagrams of some blocks, as columns."""

    data: Bytes
    start: Places
    end: Places
    arrived_ns: Places
    sender: npt.NDArray[np.int64]
    """Place in `senders` of who sent each."""
    senders: tuple[str, ...]

    @staticmethod
    def of(blocks: Sequence[bytes], padding: int = 0) -> Blocks:
        """What `DatagramReceiver.take` packed, `padding` zero bytes behind the last."""
        arrived, address, length, content = [np.zeros(0, "<i8")], [b""], [np.zeros(0, "<u4")], []
        for block in blocks:
            count = int.from_bytes(block[:4], "little")
            arrived.append(np.frombuffer(block, "<i8", count, 4))
            address.append(block[4 + 8 * count : 4 + 24 * count])
            length.append(np.frombuffer(block, "<u4", count, 4 + 24 * count))
            content.append(np.frombuffer(block, np.uint8, offset=4 + 28 * count))
        size = np.concatenate(length).astype(np.int64)
        end = np.cumsum(size)
        packed = np.frombuffer(b"".join(address), "V16")
        distinct, sender = np.unique(packed, return_inverse=True)
        names = tuple(_name(each.tobytes()) for each in distinct)
        return Blocks(
            np.concatenate([*content, np.zeros(padding, np.uint8)]),
            end - size, end, np.concatenate(arrived).astype(np.int64), sender.reshape(-1), names,
        )  # fmt: skip


def _name(packed: bytes) -> str:
    address = IPv6Address(packed)
    return str(address.ipv4_mapped or address)
