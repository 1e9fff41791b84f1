"""The open windows of one partition's engine as messages: what changed since the last time.

A snapshot is taken apart into its frames, each under a key of its own. Frames are never changed in
place, so one that is the same object as before is the same content and is not written again; what
is gone is taken back. Flows only grow at the end and shrink at the front: they are written as the
pieces by which they grew.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from lynceus.live.checkpoint import packed, unpacked
from lynceus.trail import SCHEMA

PART_BYTES = 700_000
HEAD = b"head"
_REST = ("closed_ns", "account", "failed", "gone", "forgotten")
"""What is no frame and stands in the head."""
NO_FLOWS = pl.DataFrame(schema=SCHEMA)

Messages = Iterator[tuple[bytes, bytes | None]]
"""Keys with values; None takes a key back."""


class Saved:
    """What of an engine stands in the log, and what has to be written so that it stands there."""

    def __init__(self) -> None:
        self._frames: dict[str, pl.DataFrame] = {}
        """The frames that are written, by their names."""
        self._parts: dict[str, int] = {}
        """In how many messages each is written."""
        self._pieces: list[tuple[str, pl.DataFrame]] = []
        """The pieces of the flows, the oldest first."""
        self._number = 0

    def changes(self, snapshot: Mapping[str, Any], oldest_ns: int | None, **head: Any) -> Messages:
        """What has to be written for a snapshot; `head` is kept beside it.

        `oldest_ns`: flows that ended before are held no more.
        """
        frames = {
            f"s{table}.{number}": frame
            for table, states in enumerate(snapshot["states"])
            for number, frame in enumerate(states)
        }
        self._follow(pl.concat(snapshot["trail"]["rows"]), oldest_ns)
        frames |= dict(self._pieces)
        for name in [name for name in self._frames if name not in frames]:
            for part in range(self._parts.pop(name)):
                yield _key(name, part), None
            del self._frames[name]
        for name, frame in frames.items():
            if self._frames.get(name) is not frame:
                yield from self._written(name, frame)
        rest = {key: snapshot[key] for key in _REST}
        lost = snapshot["trail"]["lost"]
        shape = [len(states) for states in snapshot["states"]]
        yield (
            HEAD,
            packed(
                {"rest": rest, "lost": lost, "shape": shape, "number": self._number, "head": head}
            ),
        )

    def _written(self, name: str, frame: pl.DataFrame) -> Messages:
        out = io.BytesIO()
        frame.write_ipc(out, compression="zstd")
        data = out.getvalue()
        parts = range(0, len(data), PART_BYTES)
        for part, at in enumerate(parts):
            yield _key(name, part), data[at : at + PART_BYTES]
        for part in range(len(parts), self._parts.get(name, 0)):
            yield _key(name, part), None
        self._frames[name], self._parts[name] = frame, len(parts)

    def _follow(self, flows: pl.DataFrame, oldest_ns: int | None) -> None:
        """Makes the pieces those of the flows that are held now; all anew where some were thinned
        out of their midst."""
        still = [(name, piece, _still(piece, oldest_ns)) for name, piece in self._pieces]
        before = pl.concat([NO_FLOWS, *(rows for _, _, rows in still)])["uid"]
        if not flows["uid"][: len(before)].equals(before):
            still, before = [], before.clear()
        self._pieces = [(name, piece) for name, piece, rows in still if rows.height]
        if flows.height > len(before):
            self._pieces.append((f"f{self._number}", flows[len(before) :]))
            self._number += 1

    @staticmethod
    def read(
        values: Mapping[bytes, bytes], keep_ns: int
    ) -> tuple[Saved, dict[str, Any], dict[str, Any]]:
        """What stands in the log: as it goes on, the snapshot, and its head.

        `keep_ns`: flows are held so long after their end.
        """
        told = unpacked(values[HEAD])
        saved = Saved()
        saved._number = told["number"]
        parts: dict[str, list[tuple[int, bytes]]] = {}
        for key, value in values.items():
            if key != HEAD:
                name, part = json.loads(key)
                parts.setdefault(name, []).append((part, value))
        for name, several in parts.items():
            data = b"".join(value for _, value in sorted(several))
            saved._frames[name] = pl.read_ipc(io.BytesIO(data))
            saved._parts[name] = len(several)
        pieces = [name for name in saved._frames if name.startswith("f")]
        saved._pieces = [(n, saved._frames[n]) for n in sorted(pieces, key=lambda n: int(n[1:]))]
        closed_ns = told["rest"]["closed_ns"]
        oldest_ns = None if closed_ns is None else closed_ns - keep_ns
        snapshot = {
            **told["rest"],
            "states": [
                [saved._frames[f"s{table}.{number}"] for number in range(many)]
                for table, many in enumerate(told["shape"])
            ],
            "trail": {
                "rows": [NO_FLOWS, *(_still(piece, oldest_ns) for _, piece in saved._pieces)],
                "lost": told["lost"],
            },
            "watched": [],
            "hidden": [],
        }
        return saved, snapshot, told["head"]


def _still(flows: pl.DataFrame, oldest_ns: int | None) -> pl.DataFrame:
    """The flows that are held on, as `Trail.forget` has it."""
    if oldest_ns is None:
        return flows
    end = pl.coalesce("end_ns", "ts_ns")
    return flows.filter(end.is_null() | (end >= oldest_ns))


def _key(name: str, part: int) -> bytes:
    return json.dumps([name, part]).encode()
