"""Which networks are inside, judged by the traffic itself.

Rules, in this order; each adds networks and a sentence that says why:

1. On the link: addresses that speak ARP or DHCP, or send to link-local multicast or broadcast.
2. Private: a private range is inside where one of its hosts is answered or answers, or where it
   begins at least one flow in a hundred (so a flood with random sources does not make it inside);
   where the source does not tell who answered, one that takes part in so many.
3. Public: of the flows that no network found so far explains, at least one end is inside. The end
   whose peers lie in more different networks is inside: a client talks to many servers, a server
   is met by many clients, while a far end mostly meets one place. Where link addresses tell which
   hosts sit behind a router, they decide first. Where both ends are alike, it is not the side of a
   well-known service (a CDN, a public resolver, Tor), then the net of which many hosts were tried
   and few answered (one scanner, many scanned), then the side that began the flows.

Multicast, broadcast and unspecified addresses are never inside.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from lynceus.enrich.address import classes_of
from lynceus.enrich.home_public import FAR, Net, collapsed, networks_of, public_networks
from lynceus.enrich.prefixes import PrefixTable, parse

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
_PRIVATE_TABLE = PrefixTable(PRIVATE)
LOCAL = ("loopback", "link_local", "unspecified")
"""Classes of addresses that are inside wherever they show up."""
LINK_SCOPE = r"^(?:224\.0\.0\.\d+|239\.255\.255\.250|255\.255\.255\.255|ff[01]2:.*)$"
"""Destinations that do not cross a router (and SSDP, which stays within a site)."""

BEGINS_SHARE = 0.01
"""Share of all flows that an unanswered private range must begin to be inside."""
TRANSIT_SHARE = 0.5
"""Share of flows with an inside end under which the traffic looks like transit."""


@dataclass(frozen=True)
class HomeNetworks:
    """The inside and the reasons for it."""

    networks: tuple[str, ...]
    why: tuple[str, ...]
    """One sentence a reason, for a person to check."""
    covered: float = 1.0
    """Share of the flows with two known ends that have at least one inside, 0..1."""

    @staticmethod
    def stated(networks: Sequence[str]) -> HomeNetworks:
        """The inside as a person states it. Raises ValueError on what is no network."""
        try:
            nets = [ipaddress.ip_network(n.strip(), strict=False) for n in networks]
        except ValueError as error:
            raise ValueError(f"home network: {error}; expected such as 192.0.2.0/24") from None
        return HomeNetworks(collapsed(nets), ("The inside was stated with --home.",))


def _column(frame: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Expr:
    known = name in frame.columns
    return (pl.col(name).cast(dtype) if known else pl.lit(None, dtype)).alias(name)


def _pairs(flows: pl.DataFrame, events: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """One row a pair of ends: flows, and whether one was answered (null where nobody tells)."""
    number, text = pl.UInt64(), pl.String()
    table = flows.select(
        _column(flows, "orig_h", text),
        _column(flows, "resp_h", text),
        _column(flows, "orig_packets", number),
        _column(flows, "resp_packets", number),
    )
    rows = [
        table.select(
            "orig_h",
            "resp_h",
            answered=(pl.col("orig_packets") > 0) & (pl.col("resp_packets") > 0),
        )
    ]
    if flows.is_empty():
        rows += [
            frame.select(
                _column(frame, "orig_h", text), _column(frame, "resp_h", text)
            ).with_columns(answered=pl.lit(True))
            for name, frame in sorted(events.items())
            if name not in ("arp", "dhcp")
        ]
    return (
        pl.concat(rows)
        .filter(pl.col("orig_h").is_not_null())
        .group_by("orig_h", "resp_h")
        .agg(pl.len().alias("flows"), pl.col("answered").any(ignore_nulls=False))
        .sort("orig_h", "resp_h", nulls_last=True)
    )


def _hosts(addresses: pl.Series) -> pl.DataFrame:
    """Each address with its class, private range, net (/24 or /64) and wide net (/16 or /32).

    `net` and `wide` are the leading bits as numbers.
    """
    value = addresses.drop_nulls().unique().sort().rename("value")
    parsed = parse(value)
    v4 = pl.DataFrame({"row": parsed.v4_rows, "key": parsed.v4}).select(
        "row", net=pl.col("key") // 2**8, wide=pl.col("key") // 2**16
    )
    upper = np.ascontiguousarray(parsed.v6.astype("S17")).view(np.uint8).reshape(-1, 17)[:, 1:9]
    halves = np.ascontiguousarray(upper).view(">u8").ravel().astype(np.int64)
    v6 = pl.DataFrame({"row": parsed.v6_rows, "net": halves}).select(
        "row", "net", wide=pl.col("net") // 2**32
    )
    ranges = pl.Series("range", _PRIVATE_TABLE.find(parsed)).replace_strict(
        dict(enumerate(PRIVATE)), default=None, return_dtype=pl.String
    )
    frame = pl.DataFrame({"value": value, "class": classes_of(value), "range": ranges})
    places = pl.concat([v4, v6]).cast({"row": pl.UInt32})
    frame = frame.with_row_index("row").cast({"row": pl.UInt32})
    return frame.join(places, on="row", how="left").drop("row")


def _on_link(pairs: pl.DataFrame, events: Mapping[str, pl.DataFrame]) -> pl.Series:
    """Addresses that show themselves on the link: by ARP, DHCP, or link-local sending."""
    told = [pairs.filter(pl.col("resp_h").str.contains(LINK_SCOPE))["orig_h"]]
    for table, columns in (
        ("arp", ("orig_h",)),
        ("dhcp", ("client_addr", "assigned_addr", "server_addr")),
    ):
        frame = events.get(table, pl.DataFrame())
        told += [frame[c].cast(pl.String) for c in columns if c in frame.columns]
    return pl.concat([s.rename("value") for s in told]).drop_nulls().unique().sort()


def _private(pairs: pl.DataFrame, hosts: pl.DataFrame, link: pl.Series) -> pl.DataFrame:
    """Private ranges that are inside (`range`), with how many of their hosts spoke (`spoke`)."""
    answered = pairs.filter(pl.col("answered"))
    ends = [answered["orig_h"], answered["resp_h"], link]
    talking = pl.concat([s.rename("value") for s in ends]).unique().to_frame()
    ranges = hosts.filter(pl.col("range").is_not_null()).select("value", "range")
    spoke = talking.join(ranges, on="value").group_by("range").agg(spoke=pl.len())
    untold = pairs.filter(pl.col("answered").is_null())
    began = pl.concat(
        [pairs.select("flows", value="orig_h"), untold.select("flows", value="resp_h")]
    )
    begun = (
        began.join(ranges, on="value")
        .group_by("range")
        .agg(pl.col("flows").sum(), spoke=pl.col("value").n_unique())
        .filter(pl.col("flows") >= BEGINS_SHARE * max(int(pairs["flows"].sum()), 1))
        .select("range", "spoke")
    )
    found = pl.concat([spoke, begun]).group_by("range").agg(pl.col("spoke").max())
    order = pl.col("range").replace_strict({r: i for i, r in enumerate(PRIVATE)})
    return found.sort(order)


def infer_home(
    flows: pl.DataFrame, events: Mapping[str, pl.DataFrame], named: Sequence[str] = ()
) -> HomeNetworks:
    """The inside of this traffic, with reasons. Equal input gives equal networks.

    `named` networks, where given, are the inside and nothing is inferred (ValueError on one that
    is none).

    `flows` needs `orig_h` and `resp_h` (null where unknown); packet counts and link addresses
    are used where present. Event tables other than ARP and DHCP count only without flows.
    """
    if named:
        return HomeNetworks.stated(named)
    pairs = _pairs(flows, events)
    link = _on_link(pairs, events)
    known = [pairs["orig_h"], pairs["resp_h"], link]
    hosts = _hosts(pl.concat([s.rename("value") for s in known]))
    nets: list[Net] = []
    why: list[str] = []
    for row in _private(pairs, hosts, link).rows(named=True):
        nets.append(ipaddress.ip_network(row["range"]))
        many = "1 private host" if row["spoke"] == 1 else f"{row['spoke']} private hosts"
        why.append(f"{row['range']} is inside: {many} of it took part in the traffic.")
    neighbours = hosts.filter(pl.col("class").is_in(FAR) & pl.col("value").is_in(link.implode()))
    if neighbours.height:
        found = networks_of(neighbours["value"])
        nets += found
        names = ", ".join(collapsed(found)[:3])
        why.append(f"{names}: its hosts speak on the link itself (ARP, DHCP or link-local).")
    public, reasons = public_networks(flows, pairs, hosts, PrefixTable(collapsed(nets)))
    networks = collapsed([*nets, *public])
    covered = _covered(pairs, hosts, networks)
    if public and covered < TRANSIT_SHARE:
        networks, reasons = collapsed(nets), []
        covered = _covered(pairs, hosts, networks)
    why += reasons
    if not networks:
        why.append("No inside could be told from this traffic; state it with --home.")
    elif covered < TRANSIT_SHARE:
        why.append(
            f"Only {covered:.0%} of the flows have an inside end: this may be transit traffic; "
            "state the inside with --home."
        )
    return HomeNetworks(networks, tuple(why), covered)


def _covered(pairs: pl.DataFrame, hosts: pl.DataFrame, networks: tuple[str, ...]) -> float:
    at_home = pl.Series(PrefixTable(networks).find(hosts["value"]) >= 0)
    inside = hosts.filter(at_home | hosts["class"].is_in(LOCAL))["value"]
    known = pairs.filter(pl.col("resp_h").is_not_null())
    ends = pl.col("orig_h").is_in(inside.implode()) | pl.col("resp_h").is_in(inside.implode())
    total = int(known["flows"].sum())
    return int(known.filter(ends)["flows"].sum()) / total if total else 1.0
