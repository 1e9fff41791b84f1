"""What must survive a crash, as bytes: nested plain values, frames and accounts; never code.

A line that names the form, the length of the head, a head in JSON that holds the values with the
frames as numbers, the frames as Arrow IPC (LZ4: written often, read seldom), and a SHA-256 of all
before it. Where the frames lie in `Segments` the head says where instead, and none follow.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import struct
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import polars as pl

from lynceus.account import Account
from lynceus.live.segments import SegmentError, Segments
from lynceus.store.ledger import Ledger

FORM = b"lynceus checkpoint 1\n"
_LENGTH = struct.Struct("<Q")
_DIGEST_BYTES = 32


class CheckpointError(ValueError):
    """Bytes that are no checkpoint of this program, or not whole."""


def packed(value: Any, segments: Segments | None = None) -> bytes:
    """Values as bytes, without their frames where there are segments for these.

    Raises TypeError on what is neither plain nor a frame nor an account, and OSError.
    """
    frames: list[pl.DataFrame] = []
    told: dict[str, Any] = {"value": _plain(value, frames)}
    data: list[bytes] = []
    if segments is not None:
        told["places"] = segments.write(frames)
    else:
        data = [_ipc(frame) for frame in frames]
        told["frames"] = [*map(len, data)]
    head = json.dumps(told).encode()
    body = b"".join((FORM, _LENGTH.pack(len(head)), head, *data))
    return body + hashlib.sha256(body).digest()


def unpacked(data: bytes, segments: Segments | None = None) -> Any:
    """The values again, equal in type. Raises `CheckpointError`."""
    body, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
    if not body.startswith(FORM):
        raise CheckpointError("not a checkpoint of this version")
    if hashlib.sha256(body).digest() != digest:
        raise CheckpointError("the checkpoint is damaged")
    at = len(FORM) + _LENGTH.size
    (size,) = _LENGTH.unpack_from(body, len(FORM))
    head = json.loads(body[at : at + size])
    at += size
    if "places" in head:
        if segments is None:
            raise CheckpointError("the frames of the checkpoint lie elsewhere")
        try:
            return _value(head["value"], segments.read(head["places"]))
        except SegmentError as error:
            raise CheckpointError(str(error)) from None
    frames = []
    for length in head["frames"]:
        frames.append(pl.read_ipc(io.BytesIO(body[at : at + length])))
        at += length
    return _value(head["value"], frames)


class Checkpoints:
    """The checkpoints of a process: values in the ledger, their frames in segments beside it."""

    def __init__(self, ledger: Ledger, worker: str, folder: Path) -> None:
        self._ledger, self._worker = ledger, worker
        self._segments = Segments(folder / re.sub(r"[^\w.]", "_", worker))

    def last(self) -> tuple[int, dict[str, Any]] | None:
        """The last one with its number; None where there is none.

        Raises `CheckpointError`, and `lynceus.store.ledger.LedgerError`.
        """
        saved = self._ledger.resumed(self._worker)
        if saved is None:
            return None
        epoch, body = saved
        try:
            return epoch, dict(unpacked(body, self._segments))
        except CheckpointError as error:
            raise CheckpointError(f"{self._ledger.name}: {error}") from None

    def keep(self, epoch: int, value: Mapping[str, Any], at_ns: int) -> None:
        """Makes one. Raises `lynceus.store.ledger.LedgerError` and OSError; then the one before
        stands."""
        body = packed(value, self._segments)
        self._ledger.checkpoint(self._worker, epoch, body, at_ns=at_ns)
        self._segments.forget()


def _ipc(frame: pl.DataFrame) -> bytes:
    into = io.BytesIO()
    frame.write_ipc(into, compression="lz4")
    return into.getvalue()


def _plain(value: Any, frames: list[pl.DataFrame]) -> Any:
    """A value as JSON has it; what JSON has not is a table of one key that begins with `$`."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [_plain(one, frames) for one in value]
    for name, kind, taken_apart in _APART:
        if isinstance(value, kind):
            return {name: _plain(taken_apart(value), frames)}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, pl.DataFrame):
        frames.append(value)
        return {"$frame": len(frames) - 1}
    raise TypeError(f"a {type(value).__name__} cannot stand in a checkpoint")


def _pairs(table: dict[Any, Any]) -> list[list[Any]]:
    return [[key, value] for key, value in table.items()]


_APART: tuple[tuple[str, type, Callable[[Any], Any]], ...] = (
    (
        "$account",
        Account,
        lambda account: {f.name: getattr(account, f.name) for f in fields(account)},
    ),
    ("$counter", Counter, _pairs),
    ("$dict", dict, _pairs),
    ("$tuple", tuple, list),
    ("$set", set, sorted),
    ("$frozenset", frozenset, sorted),
)
"""What is taken apart to plain values, the special kinds before the general."""


def _value(plain: Any, frames: list[pl.DataFrame]) -> Any:
    if isinstance(plain, list):
        return [_value(one, frames) for one in plain]
    if not isinstance(plain, dict):
        return plain
    ((name, inner),) = plain.items()
    if name == "$frame":
        return frames[inner]
    if name == "$bytes":
        return base64.b64decode(inner)
    return _MADE[name](_value(inner, frames))


_MADE: dict[str, Callable[[Any], Any]] = {
    "$account": lambda told: Account(**told),
    "$counter": lambda pairs: Counter(dict(pairs)),
    "$dict": dict,
    "$tuple": tuple,
    "$set": set,
    "$frozenset": frozenset,
}
