"""Addresses as numbers and networks by longest prefix, whole columns at a time.

IPv4 addresses are numbers in `int64`; IPv6 addresses are byte strings of 17 bytes, big-endian with
a leading zero, so that one past the last address still has a place. An IPv4 address mapped into
IPv6 (`::ffff:192.0.2.1`) is the IPv4 address. Zone ids (`fe80::1%eth0`) are left out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from lynceus import _core
from lynceus.protocols import Subject

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[Any]
"""Sortable keys of addresses: int64 for IPv4, 17-byte strings for IPv6."""

_BITS = {4: 32, 6: 128}
_MASKS = np.array(
    [list(((2**128 - 1) ^ (2 ** (128 - n) - 1)).to_bytes(16, "big")) for n in range(129)],
    dtype=np.uint8,
)
"""Netmask bytes of IPv6 by prefix length."""


@dataclass(frozen=True)
class Parsed:
    """Addresses of a column: by family, the rows that hold one and its key."""

    v4_rows: Ints
    v4: Keys
    v6_rows: Ints
    v6: Keys
    length: int
    """Rows of the column; those in neither family are no addresses."""

    def family(self) -> npt.NDArray[np.uint8]:
        """4, 6, or 0 where the row is no address, a row."""
        family = np.zeros(self.length, dtype=np.uint8)
        family[self.v4_rows] = 4
        family[self.v6_rows] = 6
        return family


def _v6_keys(packed: npt.NDArray[np.uint8]) -> Keys:
    """Rows of 16 bytes as sortable keys."""
    wide = np.zeros((len(packed), 17), dtype=np.uint8)
    wide[:, 1:] = packed
    keys: Keys = wide.view("S17").ravel()
    return keys


def _v6_bytes(keys: Keys) -> npt.NDArray[np.uint8]:
    """Keys back to rows of 16 bytes."""
    wide = np.ascontiguousarray(keys.astype("S17")).view(np.uint8).reshape(-1, 17)
    return np.ascontiguousarray(wide[:, 1:])


def parse(values: pl.Series) -> Parsed:
    """The addresses of a text column. Nulls and what is no address belong to no family."""
    told = pl.DataFrame(_core.parse_addresses(values.cast(pl.String)))
    v4, v6 = told["v4"], told.select("v6_high", "v6_low").drop_nulls()
    return Parsed(
        _rows(v4),
        v4.drop_nulls().cast(pl.Int64).to_numpy(),
        _rows(told["v6_high"]),
        _v6_keys(v6.to_numpy(order="c").astype(">u8").view(np.uint8).reshape(-1, 16)),
        told.height,
    )


def _rows(keys: pl.Series) -> Ints:
    """The rows that hold a key."""
    return keys.is_not_null().arg_true().to_numpy().astype(np.int64)


@dataclass(frozen=True)
class Networks:
    """Networks of one family of a column: row, first address, one past the last, length."""

    rows: Ints
    first: Keys
    past: Keys
    bits: Ints

    def take(self, keep: npt.NDArray[Any]) -> Networks:
        """The chosen networks."""
        return Networks(self.rows[keep], self.first[keep], self.past[keep], self.bits[keep])


def _v6_span(keys: Keys, bits: Ints) -> tuple[Keys, Keys]:
    """First key and one past the last of IPv6 networks."""
    mask = _MASKS[bits]
    first = _v6_bytes(keys) & mask
    last = first | ~mask
    past = np.zeros((len(keys), 17), dtype=np.uint8)
    past[:, 1:] = last
    carry = np.ones(len(keys), dtype=np.int64)
    for column in range(16, -1, -1):
        total = past[:, column] + carry
        past[:, column] = total & 0xFF
        carry = total >> 8
    return _v6_keys(first), past.view("S17").ravel()


def parse_networks(values: pl.Series) -> tuple[Networks, Networks]:
    """The IPv4 and the IPv6 networks of a text column.

    Takes `address/length` or a bare address; host bits are cleared. Rows that are neither are in
    none of the two.
    """
    split = (
        values.cast(pl.String)
        .rename("text")
        .to_frame()
        .select(
            pl.col("text")
            .str.splitn("/", 2)
            .struct.rename_fields(["address", "bits"])
            .struct.unnest()
        )
    )
    parsed = parse(split["address"])
    family = parsed.family()
    whole = split["bits"].is_null().to_numpy()
    proper = split["bits"].str.contains(r"^\d{1,3}$").fill_null(False).to_numpy() | whole
    bits = split["bits"].cast(pl.Int64, strict=False).fill_null(-1).to_numpy()
    bits = np.where(whole, np.where(family == 4, 32, 128), bits)
    results = []
    for version, rows, keys in ((4, parsed.v4_rows, parsed.v4), (6, parsed.v6_rows, parsed.v6)):
        good = proper[rows] & (bits[rows] >= 0) & (bits[rows] <= _BITS[version])
        rows, keys = rows[good], keys[good]  # noqa: PLW2901
        length = bits[rows]
        if version == 4:
            size = np.int64(1) << (32 - length)
            first = keys & ~(size - 1)
            results.append(Networks(rows, first, first + size, length))
        else:
            results.append(Networks(rows, *_v6_span(keys, length), length))
    return results[0], results[1]


LARGE = 16_384
"""A sorted column longer than this does not stay near the processor while it is searched."""


def places(known: Keys, keys: Keys, side: Literal["left", "right"] = "left") -> Ints:
    """Where keys belong in a sorted column. In a large one, near look-ups follow each other."""
    if len(known) <= LARGE:
        return np.searchsorted(known, keys, side=side)
    order = np.argsort(keys)
    found = np.empty(len(keys), dtype=np.int64)
    found[order] = np.searchsorted(known, keys[order], side=side)
    return found


_SEVERAL = -2
"""In the place of an owner: a part of the address space that is not of one."""


@dataclass(frozen=True)
class _Ranges:
    """Disjoint ranges in order: where each begins and the row that owns it (-1: nobody)."""

    starts: Keys
    owners: Ints

    def owner(self, keys: Keys) -> Ints:
        if not len(self.starts):
            return np.full(len(keys), -1, dtype=np.int64)
        if len(self.starts) <= LARGE or self.starts.dtype != np.int64:
            return self._searched(keys)
        found: Ints = self._of_16_bits[keys >> 16]
        inside = np.flatnonzero(found == _SEVERAL)
        found[inside] = self._searched(keys[inside])
        return found

    def _searched(self, keys: Keys) -> Ints:
        at = places(self.starts, keys, "right") - 1
        return np.where(at >= 0, self.owners[np.maximum(at, 0)], -1)

    @cached_property
    def _of_16_bits(self) -> Ints:
        """Whose the IPv4 addresses with each upper half are, `_SEVERAL` where not of one: most of
        the traffic is answered by a table that stays near the processor."""
        first = np.arange(1 << 16, dtype=np.int64) << 16
        owner = self._searched(first)
        cut = np.unique(self.starts[(self.starts & 0xFFFF) != 0] >> 16)
        owner[cut] = _SEVERAL
        return owner


def _painted(networks: Networks, rank: Ints) -> _Ranges:
    """Flattens networks: of two that overlap the higher rank wins, then the longer prefix.

    Networks of one rank and length are disjoint or equal (the first given counts), so each such
    group is painted at once over those before it.
    """
    bounds = np.unique(np.concatenate([networks.first, networks.past]))
    owners = np.full(len(bounds), -1, dtype=np.int64)
    lo = np.searchsorted(bounds, networks.first)
    hi = np.searchsorted(bounds, networks.past)
    level = rank[networks.rows] * 256 + networks.bits
    for value in np.unique(level):
        chosen = np.flatnonzero(level == value)
        _, once = np.unique(lo[chosen], return_index=True)
        chosen = chosen[once]
        change = np.zeros(len(bounds) + 1, dtype=np.int64)
        change[lo[chosen]] += networks.rows[chosen] + 1
        change[hi[chosen]] -= networks.rows[chosen] + 1
        paint = np.cumsum(change)[:-1]
        owners = np.where(paint > 0, paint - 1, owners)
    if len(owners):
        new = np.concatenate([[True], owners[1:] != owners[:-1]])
        bounds, owners = bounds[new], owners[new]
    return _Ranges(bounds, owners)


class PrefixTable:
    """Finds the network that holds an address: the longest prefix, or by rank where one is given.

    Building costs a pass for each prefix length, looking up one binary search an address.
    """

    def __init__(self, networks: pl.Series | Sequence[str], rank: Ints | None = None) -> None:
        """Takes networks as text; `rank` (one a network) decides before the prefix length does."""
        values = pl.Series("network", networks, dtype=pl.String)
        self.v4, self.v6 = parse_networks(values)
        known = np.concatenate([self.v4.rows, self.v6.rows])
        self.unreadable: Ints = np.setdiff1d(np.arange(len(values)), known)
        """Rows that are no network."""
        ranks = np.zeros(len(values), dtype=np.int64) if rank is None else rank
        self._v4 = _painted(self.v4, ranks)
        self._v6 = _painted(self.v6, ranks)

    def find(self, values: pl.Series | Parsed) -> Ints:
        """Row of the network that holds each address, -1 where none does."""
        parsed = values if isinstance(values, Parsed) else parse(values)
        found = np.full(parsed.length, -1, dtype=np.int64)
        found[parsed.v4_rows] = self._v4.owner(parsed.v4)
        found[parsed.v6_rows] = self._v6.owner(parsed.v6)
        return found

    def ranges(self) -> tuple[tuple[Keys, Ints], tuple[Keys, Ints]]:
        """The disjoint ranges of IPv4 and IPv6: start keys and owner rows."""
        return (self._v4.starts, self._v4.owners), (self._v6.starts, self._v6.owners)

    @classmethod
    def of_ranges(cls, v4: tuple[Keys, Ints], v6: tuple[Keys, Ints]) -> PrefixTable:
        """A table from ranges that `ranges` gave."""
        table = cls([])
        table._v4, table._v6 = _Ranges(*v4), _Ranges(*v6)
        return table


def facts_at(values: pl.Series, rows: Ints, facts: pl.DataFrame) -> pl.DataFrame:
    """`values` as column `value` beside the rows of `facts` found for them (-1: all null)."""
    at = pl.Series("row", rows).cast(pl.Int64)
    at = at.to_frame().select(pl.when(at >= 0).then(at).cast(pl.UInt32))["row"]
    return pl.DataFrame({"value": values}).with_columns(facts.select(pl.all().gather(at)))


def distinct(values: pl.Series) -> pl.Series:
    """The distinct non-null texts of a column, in the order of their first appearance."""
    return values.cast(pl.String).drop_nulls().unique(maintain_order=True).rename("value")


def numbered(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The distinct non-null texts as they first appear, and each row's number among them.

    The number of a null is null.
    """
    frame = values.cast(pl.String).rename("value").to_frame().with_row_index("row")
    first = frame.select(pl.col("row").first().over("value"))["row"].to_numpy()
    opens = (first == np.arange(len(first))) & values.is_not_null().to_numpy()
    number = pl.DataFrame({"number": (np.cumsum(opens) - 1)[first], "told": values.is_not_null()})
    number = number.select(pl.when("told").then("number").cast(pl.UInt32))
    return frame["value"].filter(pl.Series(opens)), number["number"]


@dataclass(frozen=True)
class Addresses:
    """Distinct addresses, parsed once for everybody who looks them up."""

    value: pl.Series
    """The texts, none of them null or twice."""
    parsed: Parsed

    @staticmethod
    def of(value: pl.Series) -> Addresses:
        """Parses distinct texts."""
        return Addresses(value, parse(value))


class AddressEnricher(ABC):
    """What the enrichers have in common that know networks: each says what `of` an address is.

    One that is not made from this is asked by its `facts` alone, and parses for itself.
    """

    subject: ClassVar[Subject] = "address"

    @abstractmethod
    def of(self, addresses: Addresses) -> pl.DataFrame:
        """One row an address, in their order: column `value` and the facts."""

    def facts(self, values: pl.Series) -> pl.DataFrame:
        """The facts of each distinct address."""
        return self.of(Addresses.of(distinct(values)))
