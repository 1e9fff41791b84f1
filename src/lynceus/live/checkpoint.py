"""What must survive a crash, as bytes: nested plain values, frames and accounts; never code.

A line that names the form, the length of the head, a head in JSON that holds the values with the
frames as numbers, the frames as Arrow IPC (LZ4: written often, read seldom), and a SHA-256 of all
before it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import polars as pl

from lynceus.records import Account
from lynceus.store.ledger import Ledger

FORM = b"lynceus checkpoint 1\n"
_LENGTH = struct.Struct("<Q")
_DIGEST_BYTES = 32


class CheckpointError(ValueError):
    """Bytes that are no checkpoint of this program, or not whole."""


def packed(value: Any) -> bytes:
    """Values as bytes. Raises TypeError on what is neither plain nor a frame nor an account."""
    frames: list[bytes] = []
    head = json.dumps({"value": _plain(value, frames), "frames": [*map(len, frames)]}).encode()
    body = b"".join((FORM, _LENGTH.pack(len(head)), head, *frames))
    return body + hashlib.sha256(body).digest()


def unpacked(data: bytes) -> Any:
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
    frames = []
    for length in head["frames"]:
        frames.append(pl.read_ipc(io.BytesIO(body[at : at + length])))
        at += length
    return _value(head["value"], frames)


def last(ledger: Ledger, worker: str) -> tuple[int, dict[str, Any]] | None:
    """The last checkpoint of a process with its number; None where there is none.

    Raises `CheckpointError`, and `lynceus.store.ledger.LedgerError`.
    """
    saved = ledger.resumed(worker)
    if saved is None:
        return None
    epoch, body = saved
    try:
        return epoch, dict(unpacked(body))
    except CheckpointError as error:
        raise CheckpointError(f"{ledger.name}: {error}") from None


def _plain(value: Any, frames: list[bytes]) -> Any:
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
        into = io.BytesIO()
        value.write_ipc(into, compression="lz4")
        frames.append(into.getvalue())
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
