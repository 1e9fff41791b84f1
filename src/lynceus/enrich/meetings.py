"""Who met whom in some traffic: addresses parsed once and numbered, and pairs of the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from lynceus.enrich.address import classes_of
from lynceus.enrich.prefixes import Parsed, PrefixTable, numbered, parse

FAR = ("public", "documentation")
"""Classes of addresses that may be on either side."""
LINK_TABLES = {"arp": ("orig_h",), "dhcp": ("client_addr", "assigned_addr", "server_addr")}
"""Event tables that tell of hosts on the link, and the columns that name them."""
LINK_SCOPE = r"^(?:224\.0\.0\.\d+|239\.255\.255\.250|255\.255\.255\.255|ff[01]2:.*)$"
"""Destinations that do not cross a router (and SSDP, which stays within a site)."""
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")

_NO_LINK_ADDRESS = "00:00:00:00:00:00"


@dataclass(frozen=True)
class Meetings:
    """The ends of all flows by number; a host's number is its row in `hosts`."""

    hosts: pl.DataFrame
    """`host` (its number), `value`, `class`, private `range`, `version` of the protocol, `key`
    (IPv4 as a number), `net` (leading bits of the /24 or /64) and `wide` (of the /16 or /32)."""
    parsed: Parsed
    """The addresses of `hosts`."""
    flows: pl.DataFrame
    """One row a flow of a known originator: `orig`, `resp` (null where unknown), `answered` (null
    where nobody tells), and the link addresses `orig_mac` and `resp_mac`."""
    pairs: pl.DataFrame
    """One row a pair `orig`, `resp`: number of `flows`, and whether any was `answered`."""
    link: pl.Series
    """Numbers of the hosts that show themselves on the link: by ARP, DHCP, or what they send."""

    def numbers(self, chosen: pl.Series) -> pl.Series:
        """Numbers of the hosts for which a column of truth values holds."""
        return self.hosts["host"].filter(chosen)

    def within(self, networks: PrefixTable) -> pl.Series:
        """Whether each host lies in one of the networks."""
        return pl.Series(networks.find(self.parsed) >= 0)

    def link_addresses(self) -> pl.DataFrame:
        """`host` and `mac`: the public hosts with the link addresses that they were seen with.

        Repeated as often as seen.
        """
        far = self.numbers(self.hosts["class"].is_in(FAR)).implode()
        return pl.concat(
            [
                self.flows.select(host=end, mac=f"{end}_mac").filter(
                    pl.col("host").is_in(far),
                    pl.col("mac").is_not_null() & (pl.col("mac") != _NO_LINK_ADDRESS),
                )
                for end in ("orig", "resp")
            ]
        )


def meetings(flows: pl.DataFrame, events: Mapping[str, pl.DataFrame]) -> Meetings:
    """Reads the ends of flows; without flows those of the events, all of which were answered.

    `flows` needs `orig_h` and `resp_h`; packet counts and link addresses are used where present.
    """
    rows = _rows(flows, events)
    told = _told_on_link(events)
    ends = [rows["orig_h"], rows["resp_h"], told]
    value, number = numbered(pl.concat([s.rename("value") for s in ends]))
    parsed = parse(value)
    hosts = _hosts(value, parsed)
    met = rows.drop("orig_h", "resp_h").with_columns(
        orig=number.slice(0, rows.height), resp=number.slice(rows.height, rows.height)
    )
    met = met.filter(pl.col("orig").is_not_null())
    pairs = met.group_by("orig", "resp").agg(
        pl.len().alias("flows"), pl.col("answered").any(ignore_nulls=False)
    )
    to_link = hosts.filter(pl.col("value").str.contains(LINK_SCOPE))["host"]
    senders = pairs.filter(pl.col("resp").is_in(to_link.implode()))["orig"]
    shown = number.slice(2 * rows.height)
    link = pl.concat([s.rename("host") for s in (senders, shown)]).unique()
    return Meetings(hosts, parsed, met, pairs, link)


def _rows(flows: pl.DataFrame, events: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    sent, back = (_column(flows, f"{end}_packets", pl.UInt64()) > 0 for end in ("orig", "resp"))
    rows = [_ends(flows, sent & back)]
    if flows.is_empty():
        rows += [
            _ends(frame, pl.lit(True))
            for name, frame in sorted(events.items())
            if name not in LINK_TABLES
        ]
    return pl.concat(rows)


def _ends(frame: pl.DataFrame, answered: pl.Expr) -> pl.DataFrame:
    text = pl.String()
    return frame.select(
        orig_h=_column(frame, "orig_h", text),
        resp_h=_column(frame, "resp_h", text),
        orig_mac=_column(frame, "orig_l2_addr", text),
        resp_mac=_column(frame, "resp_l2_addr", text),
        answered=answered,
    )


def _column(frame: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Expr:
    return pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype)


def _told_on_link(events: Mapping[str, pl.DataFrame]) -> pl.Series:
    """Addresses that ARP and DHCP tell of."""
    told = [pl.Series("value", [], dtype=pl.String)]
    for table, columns in LINK_TABLES.items():
        frame = events.get(table, pl.DataFrame())
        told += [frame[c].cast(pl.String).rename("value") for c in columns if c in frame.columns]
    return pl.concat(told).drop_nulls().unique()


def _hosts(value: pl.Series, parsed: Parsed) -> pl.DataFrame:
    upper = np.ascontiguousarray(parsed.v6.astype("S17")).view(np.uint8).reshape(-1, 17)[:, 1:9]
    halves = np.ascontiguousarray(upper).view(">u8").ravel().astype(np.int64)
    columns = {}
    for name, v4, v6 in (
        ("key", parsed.v4, None),
        ("net", parsed.v4 // 2**8, halves),
        ("wide", parsed.v4 // 2**16, halves // 2**32),
    ):
        column = pl.repeat(None, parsed.length, dtype=pl.Int64, eager=True)
        column = column.scatter(pl.Series(parsed.v4_rows), pl.Series(v4))
        if v6 is not None:
            column = column.scatter(pl.Series(parsed.v6_rows), pl.Series(v6))
        columns[name] = column
    ranges = pl.Series(PRIVATE).gather(_owners(PrefixTable(PRIVATE), parsed))
    frame = pl.DataFrame(
        {
            "value": value,
            "class": classes_of(value, parsed),
            "range": ranges,
            "version": parsed.family(),
            **columns,
        }
    )
    return frame.with_row_index("host")


def _owners(networks: PrefixTable, parsed: Parsed) -> pl.Series:
    """Row of the network that holds each address, null where none does."""
    rows = pl.Series("row", networks.find(parsed))
    return rows.to_frame().select(pl.when(pl.col("row") >= 0).then("row").cast(pl.UInt32))["row"]
