"""How long what is kept: the oldest partitions of a class of data go, by age and by size."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from lynceus.features.window import width_ns
from lynceus.records import EVENT_SCHEMAS
from lynceus.store.lake import Hour, Lake
from lynceus.store.rollup import ROLLUPS, WIDTHS_NS, table_of

_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?(B|KB|MB|GB|TB)")
_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}

CLASSES: dict[str, tuple[str, ...]] = {
    "flows": ("flows",),
    "events": tuple(EVENT_SCHEMAS),
    **{f"{w}s": tuple(table_of(rollup, w) for rollup in ROLLUPS) for w in WIDTHS_NS},
}
"""The tables of each class of data: flows, events, minutes, hours, days."""


@dataclass(frozen=True)
class Keep:
    """How long, and how much at most, of one class; None has no end."""

    age: str | None = None
    """As `30d`; counted back from the newest time that is given."""
    size: str | None = None
    """As `50GB`, of all tables of the class together."""

    def __post_init__(self) -> None:
        """Raises ValueError on an age or a size that is none."""
        if self.age is not None:
            width_ns(self.age)
        if self.size is not None and not _SIZE.fullmatch(self.size):
            raise ValueError(f"size {self.size!r}: expected a number and B, KB, MB, GB or TB")

    @property
    def bytes(self) -> float:
        """The size in bytes; infinite where there is none."""
        match = _SIZE.fullmatch(self.size) if self.size else None
        return float(match[1]) * _BYTES[match[2]] if match else float("inf")


@dataclass(frozen=True)
class Gone:
    """What was taken away of one class."""

    partitions: int = 0
    bytes: int = 0


def retain(lake: Lake, keep: Mapping[str, Keep], now_ns: int) -> dict[str, Gone]:
    """Takes away what is older than it may be or more than there may be, the oldest first.

    `now_ns` is what ages are counted back from: the time of the newest data, or of a clock.
    Rows without a time have no age and go by size first.
    """
    return {name: _retained(lake, CLASSES[name], rule, now_ns) for name, rule in keep.items()}


def _retained(lake: Lake, tables: tuple[str, ...], rule: Keep, now_ns: int) -> Gone:
    there = [
        (hour, table, _size(lake, table, hour)) for table in tables for hour in lake.hours(table)
    ]
    there.sort(key=lambda one: (one[0].start_ns or 0, one[1]))
    held = sum(size for _, _, size in there)
    gone = Gone()
    for hour, table, size in there:
        old = (
            rule.age
            and hour.start_ns is not None
            and _end(hour, table) <= now_ns - width_ns(rule.age)
        )
        if old or held > rule.bytes:
            shutil.rmtree(lake.folder(table) / hour.path)
            held -= size
            gone = Gone(gone.partitions + 1, gone.bytes + size)
    return gone


def _end(hour: Hour, table: str) -> int:
    width = WIDTHS_NS["day" if table.endswith("_day") else "hour"]
    return (hour.start_ns or 0) + width


def _size(lake: Lake, table: str, hour: Hour) -> int:
    return sum(path.stat().st_size for path in lake.files(table, hour))
