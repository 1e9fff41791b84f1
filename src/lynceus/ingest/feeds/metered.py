"""What the meter gives while it goes on: groups of batches, each complete up to a time."""

from __future__ import annotations

import copy
import io
import json
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import polars as pl

from lynceus import _core
from lynceus.account import Account
from lynceus.ingest.capture import account_of
from lynceus.ingest.meter_frames import batch_of
from lynceus.records import Batch

_LENGTH = struct.Struct("<I")
INACTIVE_TIMEOUT_S = 30.0
"""A flow that is silent for so long is told though it may go on: windows need not wait until it is
over. Attacks that keep a service busy speak every 10 or 15 s and stay whole."""
NO_TIME_NS = -(1 << 63)
"""The watermark of the meter before there was a packet."""


class Reader(Protocol):
    """A reader of the core: of a capture, or of an interface."""

    def __iter__(self) -> Iterator[_core.MeterBatch]: ...
    def losses(self) -> dict[str, int]:
        """Counts by reason, as at the last batch that completed a group."""
        ...


@dataclass(frozen=True)
class Group:
    """All that the meter told of a stretch of time."""

    batch: Batch
    account: Account
    """What came in since the group before, and what became of it."""
    complete_ns: int | None
    """The end of the stretch; None before there was a packet."""
    arrived_ns: int | None = None
    """When it was told, by the clock."""

    def packed(self) -> bytes:
        """As bytes: lengths, a head in JSON, the tables as Arrow IPC."""
        frames = {"": self.batch.flows, **self.batch.events}
        tables = {name: _ipc(frame) for name, frame in frames.items()}
        head = {
            "tables": {name: len(data) for name, data in tables.items()},
            "watermark_ns": self.batch.watermark_ns,
            "account": vars(self.account),
            "complete_ns": self.complete_ns,
            "arrived_ns": self.arrived_ns,
        }
        text = json.dumps(head).encode()
        return b"".join((_LENGTH.pack(len(text)), text, *tables.values()))

    @staticmethod
    def unpacked(data: bytes) -> Group:
        """The group again. Raises ValueError on bytes that are none."""
        try:
            (length,) = _LENGTH.unpack_from(data)
            at = _LENGTH.size + length
            head = json.loads(data[_LENGTH.size : at])
            frames = {}
            for name, size in head["tables"].items():
                frames[name] = pl.read_ipc(io.BytesIO(data[at : at + size]))
                at += size
            told = head["account"]
            unseen = {unit: (seen, missed) for unit, (seen, missed) in told.pop("unseen").items()}
            dropped = Counter(told.pop("dropped"))
            account = Account(dropped=dropped, unseen=unseen, **told)
            batch = Batch(frames.pop(""), frames, head["watermark_ns"])
            return Group(batch, account, head["complete_ns"], head["arrived_ns"])
        except (struct.error, KeyError, TypeError, pl.exceptions.PolarsError) as error:
            raise ValueError(f"no group of the meter: {error}") from None


def groups(reader: Reader) -> Iterator[Group]:
    """What a reader gives, a group at a time; the last one is what was open at the end."""
    before = Account()

    def group(batches: Iterable[Batch], complete_ns: int | None) -> Group:
        nonlocal before
        total = account_of(reader.losses())
        since, before = total.since(before), copy.deepcopy(total)
        batch = Batch.concat(batches)
        if batch.watermark_ns is not None and batch.watermark_ns <= NO_TIME_NS:
            batch = replace(batch, watermark_ns=None)
        return Group(batch, since, complete_ns)

    gathered: list[Batch] = []
    for told in reader:
        gathered.append(batch_of(told))
        if told.complete_ns is not None:
            yield group(gathered, told.complete_ns)
            gathered = []
    if gathered:
        yield group(gathered, None)


def _ipc(frame: pl.DataFrame) -> bytes:
    into = io.BytesIO()
    frame.write_ipc(into, compression="lz4")
    return into.getvalue()
