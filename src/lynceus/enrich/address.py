"""What kind of address it is, and whether it is inside."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

import numpy as np
import polars as pl

from lynceus.enrich.prefixes import AddressEnricher, Addresses, Parsed, PrefixTable, parse

CLASSES: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/0", "public"),
    ("0.0.0.0/8", "reserved"),
    ("0.0.0.0/32", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link_local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "documentation"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "reserved"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("255.255.255.255/32", "broadcast"),
    ("::/0", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("64:ff9b::/96", "public"),
    ("2000::/3", "public"),
    ("2001:db8::/32", "documentation"),
    ("3fff::/20", "documentation"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link_local"),
    ("fec0::/10", "private"),
    ("ff00::/8", "multicast"),
)
"""Networks of the IANA special-purpose registries and their class; the longest prefix counts."""

_NAMES = pl.Series([name for _, name in CLASSES])


@lru_cache(maxsize=1)
def _table() -> PrefixTable:
    return PrefixTable([network for network, _ in CLASSES])


def classes_of(values: pl.Series, parsed: Parsed | None = None) -> pl.Series:
    """Class of each address, `invalid` where the text is none and null where it is null.

    `parsed`: the same values, where they have been parsed already.

    `shared` is the carrier's address space 100.64.0.0/10 (RFC 6598), `private` RFC 1918 and the
    unique local addresses of IPv6. Only 255.255.255.255 is `broadcast`: whether x.x.x.255 is one
    depends on a netmask that traffic does not tell.
    """
    rows = _table().find(parsed or parse(values))
    found = _NAMES.gather(pl.Series(np.maximum(rows, 0)))
    frame = pl.DataFrame({"value": values, "found": found, "row": rows})
    return frame.select(
        pl.when(pl.col("row") >= 0)
        .then("found")
        .when(pl.col("value").is_not_null())
        .then(pl.lit("invalid"))
        .alias("class")
    )["class"]


def inside(classes: pl.Series, at_home: pl.Series) -> pl.Series:
    """Whether addresses are inside, by their class and by lying in the home networks or not.

    Loopback and link-local addresses do not cross a router and are always inside; what is no one
    host's address never is.
    """
    local = classes.is_in(["loopback", "link_local"])
    never = classes.is_in(["multicast", "broadcast", "unspecified", "invalid"])
    return (at_home | local) & ~never


class AddressClass(AddressEnricher):
    """Facts about an address as such: its class, and whether it is inside the home networks."""

    columns: ClassVar[dict[str, pl.DataType]] = {"class": pl.String(), "inside": pl.Boolean()}

    def __init__(self, home: Sequence[str] = ()) -> None:
        """`home`: the inside as networks. Raises ValueError on one that is none."""
        self._home = PrefixTable(list(home))
        if len(self._home.unreadable):
            wrong = home[int(self._home.unreadable[0])]
            raise ValueError(f"home network {wrong!r}: expected a network such as 192.0.2.0/24")

    def of(self, addresses: Addresses) -> pl.DataFrame:
        """`class` and `inside` of each address."""
        at_home = pl.Series(self._home.find(addresses.parsed) >= 0)
        classes = classes_of(addresses.value, addresses.parsed)
        told = {"value": addresses.value, "class": classes, "inside": inside(classes, at_home)}
        return pl.DataFrame(told)
