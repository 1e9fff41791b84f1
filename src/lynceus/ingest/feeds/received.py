"""JSON objects that peers sent: journaled with who sent them, given as chunks of rows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import polars as pl

from lynceus.account import Account
from lynceus.ingest import sent_records
from lynceus.ingest.feeds.arrivals import Arrivals, Stretch
from lynceus.ingest.feeds.credentials import certified, demand, tls_context
from lynceus.ingest.feeds.feed import Chunk, Place, Room
from lynceus.ingest.feeds.listening import Address, addresses
from lynceus.ingest.feeds.streams import Connection, StreamListener
from lynceus.ingest.inputs import ReadOptions


def content_of(peer: str, lines: Sequence[bytes]) -> bytes:
    """Objects, one a line, as they are journaled."""
    who = peer.encode()
    return bytes([len(who)]) + who + b"\n".join(lines)


class Options(Protocol):
    """What sources to which objects are sent have in common."""

    @property
    def listen(self) -> tuple[str, ...]: ...
    @property
    def tls_cert(self) -> str: ...
    @property
    def tls_key(self) -> str: ...
    @property
    def tls_client_ca(self) -> str: ...
    @property
    def connections(self) -> int: ...
    @property
    def sync_s(self) -> float: ...
    @property
    def journal_bytes(self) -> int: ...
    @property
    def flows_of_events(self) -> bool: ...


def reachable(options: Options, source: str, *, proof: bool, what: str) -> list[Address]:
    """Where a source listens; `what` proves peers, where there is `proof` of them.

    Raises `FeedError` where others than this machine can reach it without TLS or proof.
    """
    listen = addresses(options.listen, source)
    tls = certified(source, options.tls_cert, options.tls_key, options.tls_client_ca)
    demand(source, listen, tls=tls, proof=proof, what=what)
    return listen


class Receiving:
    """Ports to which objects are sent, and the journal of what came."""

    def __init__(
        self, options: Options, room: Room, serve: Callable[[Connection], None], *,
        proof: bool, what: str,
    ) -> None:  # fmt: skip
        """Opens them; `what` proves peers, where there is `proof` of them. Raises `FeedError`."""
        self._room, self._flows_of_events = room, options.flows_of_events
        listen = reachable(options, room.name, proof=proof, what=what)
        context = tls_context(room.name, options.tls_cert, options.tls_key, options.tls_client_ca)
        self.streams = StreamListener(
            room, listen, tls=context, most=options.connections, serve=serve
        )
        try:
            self.arrivals = Arrivals(room, limit_bytes=options.journal_bytes, sync_s=options.sync_s)
        except BaseException:
            self.streams.close()
            raise

    @property
    def ports(self) -> list[int]:
        """The ports it listens at, in the order of `listen`."""
        return self.streams.ports

    def chunks(self, place: Place, stop: threading.Event) -> Iterator[Chunk]:
        """What the objects tell, from a place on."""
        options = ReadOptions(site=self._room.site, derive_flows=self._flows_of_events)
        for stretch in self.arrivals.stretches(self.arrivals.reachable(place), stop):
            account = stretch.account
            if stretch.contents:
                where = f"{self._room.name} {stretch.place}"
                batch = sent_records.batch_of(_arrived(stretch), where, options, account)
                yield Chunk(batch, stretch.place, account, stretch.arrived_ns)
            elif account != Account():
                yield Chunk.nothing(stretch.place, account=account)

    def kept(self, place: Place) -> None:
        """Forgets what came before a place."""
        self.arrivals.kept(place)

    def close(self) -> None:
        """Ends all connections and closes the ports."""
        self.streams.close()
        self.arrivals.close()


def _arrived(stretch: Stretch) -> pl.DataFrame:
    """The objects of a stretch, one a line, with who sent each and when."""
    lines: list[str] = []
    peers: list[str] = []
    for content in stretch.contents:
        size = content[0]
        told = content[1 + size :].decode("utf-8", "replace").split("\n")
        lines += told
        peers += [content[1 : 1 + size].decode()] * len(told)
    arrived = pl.DataFrame({"line": lines, "peer": peers})
    return arrived.with_columns(arrived_ns=pl.lit(stretch.cut_ns, pl.Int64))
