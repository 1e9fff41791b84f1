"""Which rows must come together for a detector, and to which partition a row goes for that.

A detector states its key; the tables it reads show whether rows of one key are enough for it. One
that is asked for a pair but counts an originator's rows to all its peers is fed by originator, and
one that looks across hosts by site.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from lynceus.features.window import Table
from lynceus.protocols import Detector, Key
from lynceus.records import FLOW_SCHEMA

ROUTES: tuple[Key, ...] = ("originator", "responder", "pair", "site")
"""The keys by which rows are told apart; each is a topic of its own."""

COLUMNS: dict[Key, tuple[str, ...]] = {
    "originator": ("site", "orig_h"),
    "responder": ("site", "resp_h"),
    "pair": ("site", "orig_h", "resp_h"),
    "site": ("site",),
}
"""The columns of a row that say where it goes."""

COARSER: dict[Key, tuple[Key, ...]] = {
    "pair": ("pair", "originator", "responder", "site"),
    "originator": ("originator", "site"),
    "responder": ("responder", "site"),
    "site": ("site",),
}
"""Whose rows hold all rows of a key, the finest first."""

_OFFSET, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


def route_of(detector: Detector) -> Key:
    """The finest key under which each of a detector's tables finds all rows of its groups."""
    for route in COARSER[detector.key]:
        needed = {name for name in COLUMNS[route] if name != "site"}
        if all(needed <= _groups(table) for table in detector.reads):
            return route
    return "site"


def _groups(table: Table) -> set[str]:
    """The columns of a row by which a table groups, as they came."""
    derived = set(getattr(table, "derive", {}))
    return set(getattr(table, "key", ())) - derived


def routed(detectors: Mapping[str, Detector]) -> dict[Key, dict[str, Detector]]:
    """The detectors by the route that feeds them; routes without any are left out."""
    by_route: dict[Key, dict[str, Detector]] = {}
    for name, detector in detectors.items():
        by_route.setdefault(route_of(detector), {})[name] = detector
    return {route: by_route[route] for route in ROUTES if route in by_route}


def tables_read(detectors: Mapping[str, Detector]) -> set[str]:
    """`flows`, which every finding names, and the tables of events that detectors count."""
    return {"flows", *(table.of for one in detectors.values() for table in one.reads)}


def parted(frame: pl.DataFrame, route: Key, partitions: int) -> Iterator[tuple[int, pl.DataFrame]]:
    """The rows of each partition, in the order of the partitions."""
    columns = [
        pl.col(name) if name in frame.columns else pl.lit(None, FLOW_SCHEMA[name]).alias(name)
        for name in COLUMNS[route]
    ]
    keys = frame.select(columns)
    once = keys.unique(maintain_order=True)
    texts = once.select(
        pl.concat_str([pl.col(name).fill_null("") for name in once.columns], separator="\x1f")
    ).to_series()
    once = once.with_columns(_partition=pl.Series(digests(texts) % np.uint64(partitions)))
    told = keys.join(once, on=keys.columns, how="left", nulls_equal=True, maintain_order="left")
    whole = frame.with_columns(told["_partition"])
    for (number,), rows in sorted(whole.group_by("_partition", maintain_order=True)):
        yield int(str(number)), rows.drop("_partition")


def digests(texts: pl.Series) -> np.ndarray:
    """FNV-1a of each text, 64 bits: the same on every machine and in every version."""
    if texts.is_empty():
        return np.array([], dtype=np.uint64)
    written = np.array([text.encode() for text in texts], dtype=np.bytes_)
    letters = written.view(np.uint8).reshape(len(written), -1).astype(np.uint64)
    digest = np.full(len(written), _OFFSET)
    for column in letters.T:
        digest = np.where(column == 0, digest, (digest ^ column) * _PRIME)
    return digest
