"""JSON objects that peers sent: journaled with who sent them, given as chunks of rows."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import polars as pl

from lynceus.ingest import sent_records
from lynceus.ingest.feeds.arrivals import Arrivals
from lynceus.ingest.feeds.feed import Chunk, Room
from lynceus.ingest.inputs import ReadOptions
from lynceus.records import Account


def content_of(peer: str, lines: Sequence[bytes]) -> bytes:
    """Objects, one a line, as they are journaled."""
    who = peer.encode()
    return bytes([len(who)]) + who + b"\n".join(lines)


def chunks(
    arrivals: Arrivals,
    room: Room,
    place: int | None,
    stop: threading.Event,
    *,
    flows_of_events: bool,
) -> Iterator[Chunk]:
    """What the objects tell, from a place on."""
    options = ReadOptions(site=room.site, derive_flows=flows_of_events)
    for stretch in arrivals.stretches(arrivals.reachable(place), stop):
        account = stretch.account
        if not stretch.contents:
            if account != Account():
                yield Chunk.nothing(stretch.place, account=account)
            continue
        lines: list[str] = []
        peers: list[str] = []
        for content in stretch.contents:
            size = content[0]
            told = content[1 + size :].decode("utf-8", "replace").split("\n")
            lines += told
            peers += [content[1 : 1 + size].decode()] * len(told)
        arrived = pl.DataFrame({"line": lines, "peer": peers}).with_columns(
            arrived_ns=pl.lit(stretch.cut_ns, pl.Int64)
        )
        where = f"{room.name} {stretch.place}"
        batch = sent_records.batch_of(arrived, where, options, account)
        yield Chunk(batch, stretch.place, account, stretch.arrived_ns)
