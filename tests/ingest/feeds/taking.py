"""Takes chunks out of a reading, as the loop that runs it does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import polars as pl

from lynceus.account import Account
from lynceus.ingest.blocks import together
from lynceus.ingest.feeds.feed import Chunk, Place, Reading, Room
from lynceus.records import Batch

PATIENCE_S = 20.0
"""A test that waits for longer has failed."""


def room(folder: Path, said: list[str] | None = None) -> Room:
    """A room for a reading, its folder made."""
    own = folder / "room"
    own.mkdir(parents=True, exist_ok=True)
    return Room("source", "default", own, say=(said if said is not None else []).append)


def take(
    reading: Reading,
    place: Place = None,
    *,
    until: Callable[[list[Chunk]], bool],
    meanwhile: Callable[[], None] = lambda: None,
) -> list[Chunk]:
    """The chunks from a place on, until what is wanted is there; `meanwhile` before the first."""
    stop = threading.Event()
    chunks: list[Chunk] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            for chunk in reading.chunks(place, stop):
                chunks.append(chunk)
                if until(chunks):
                    return
        except BaseException as error:  # noqa: BLE001 - told to the test
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    meanwhile()
    thread.join(PATIENCE_S)
    stop.set()
    thread.join(3)
    if failed:
        raise failed[0]
    assert not thread.is_alive(), "the reading did not end within 3 s of being stopped"
    return chunks


def nothing_more(reading: Reading, place: Place, wait_s: float = 0.6) -> list[Chunk]:
    """What a reading gives in a short while, where nothing is expected."""
    stop = threading.Event()
    timer = threading.Timer(wait_s, stop.set)
    timer.start()
    return list(reading.chunks(place, stop))


def rows(chunks: list[Chunk]) -> int:
    """How many rows the chunks bring."""
    return sum(chunk.rows for chunk in chunks)


def whole(chunks: list[Chunk]) -> tuple[Batch, Account]:
    """All rows of the chunks, and the sum of their accounts."""
    account = Account()
    for chunk in chunks:
        account.merge(chunk.account)
    return together(chunk.batch for chunk in chunks), account


def at_least(count: int) -> Callable[[list[Chunk]], bool]:
    """Until so many rows have come."""
    return lambda chunks: rows(chunks) >= count


def same(ours: list[Chunk], theirs: list[Chunk]) -> bool:
    """Whether two runs gave equal chunks."""
    return len(ours) == len(theirs) and all(_same(a, b) for a, b in zip(ours, theirs, strict=True))


def _same(ours: Chunk, theirs: Chunk) -> bool:
    tables = [
        {"flows": chunk.batch.flows, **chunk.batch.events} for chunk in (ours, theirs)
    ]  # fmt: skip
    return (
        ours.place == theirs.place
        and ours.batch.watermark_ns == theirs.batch.watermark_ns
        and list(tables[0]) == list(tables[1])
        and all(_equal(tables[0][name], tables[1][name]) for name in tables[0])
    )


def _equal(ours: pl.DataFrame, theirs: pl.DataFrame) -> bool:
    return ours.equals(theirs, null_equal=True)
