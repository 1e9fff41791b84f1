"""The inside among public addresses: which end of a flow is near.

See `home.py` for the rules; this is the third of them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

import polars as pl

from lynceus.enrich.networks import KnownNetworks
from lynceus.enrich.prefixes import PrefixTable

Net = ipaddress.IPv4Network | ipaddress.IPv6Network

FAR = ("public", "documentation")
"""Classes of addresses that may be on either side."""
HOST_FACTS = ("class", "net", "wide")
EXPLAINS_SHARE = 0.01
"""Share of all flows that a public network must take part in to be inside."""
UNEXPLAINED_SHARE = 0.2
"""Share of flows without an inside end above which weaker candidates are taken as well."""
FEW_PEERS = 3
"""Different peer networks that make a further public network a strong candidate."""
MOST_STEPS = 32
MANY_NETS = 16
"""So many /24 of one /16 are given as the /16."""
SCANNED_HOSTS = 8
"""So many hosts of one net that were tried and mostly did not answer are a scanned network."""
REMOTE = ("saas", "cdn", "resolver", "crawler", "vpn", "tor_relay", "tor_exit")
"""Kinds of well-known networks that are unlikely to be where the sensor stands."""


def collapsed(nets: Iterable[Net]) -> tuple[str, ...]:
    """Networks as text, neighbours joined, IPv4 first."""
    v4 = sorted({n for n in nets if isinstance(n, ipaddress.IPv4Network)})
    v6 = sorted({n for n in nets if isinstance(n, ipaddress.IPv6Network)})
    return tuple(
        str(n) for n in (*ipaddress.collapse_addresses(v4), *ipaddress.collapse_addresses(v6))
    )


def _beside_router(flows: pl.DataFrame, hosts: pl.DataFrame) -> pl.Series:
    """Public addresses whose link address is their own, in captures that show a router as well.

    A router's link address carries public addresses of several wide nets.
    """
    names = ("orig_h", "resp_h", "orig_l2_addr", "resp_l2_addr")
    if not set(names) <= set(flows.columns):
        return pl.Series("value", [], dtype=pl.String)
    seen = pl.concat(
        [flows.select(value=f"{end}_h", mac=f"{end}_l2_addr") for end in ("orig", "resp")]
    )
    seen = seen.filter(pl.col("mac").is_not_null() & (pl.col("mac") != "00:00:00:00:00:00"))
    public = hosts.filter(pl.col("class").is_in(FAR)).select("value", "wide")
    seen = seen.unique().join(public, on="value")
    routers = seen.group_by("mac").agg(pl.col("wide").n_unique()).filter(pl.col("wide") > 1)
    if routers.is_empty():
        return pl.Series("value", [], dtype=pl.String)
    behind = seen.filter(pl.col("mac").is_in(routers["mac"].implode()))["value"]
    return seen.filter(~pl.col("value").is_in(behind.implode()))["value"].unique().sort()


def _sides(left: pl.DataFrame, remote: pl.Series) -> pl.DataFrame:
    """Each flow pair seen from both ends: my wide net and host, the other's wide net."""
    return pl.concat(
        [
            left.select(
                wide=f"{me}_wide",
                peer=f"{other}_wide",
                host=f"{me}_h",
                flows="flows",
                begun=pl.col("flows") if me == "orig" else pl.lit(0, pl.UInt32),
                silent=~pl.col("answered"),
                remote=pl.col(f"{me}_h").is_in(remote.implode()),
            )
            for me, other in (("orig", "resp"), ("resp", "orig"))
        ]
    )


def _candidates(left: pl.DataFrame, near: pl.Series, remote: pl.Series) -> pl.DataFrame:
    """The wide nets of flows not yet explained, the likeliest inside first."""
    order = ("near", "peers", "remote", "scanned", "begun", "hosts", "flows", "wide")
    thin = (pl.col("flows") <= 3 * pl.col("hosts")) & pl.col("silent").is_null()
    return (
        _sides(left, remote)
        .group_by("wide")
        .agg(
            near=pl.col("host").is_in(near.implode()).any(),
            peers=pl.col("peer").filter(pl.col("peer") != pl.col("wide")).n_unique(),
            hosts=pl.col("host").n_unique(),
            flows=pl.col("flows").sum(),
            begun=pl.col("begun").sum(),
            silent=pl.col("silent").mean(),
            remote=pl.col("remote").all(),
        )
        .with_columns(
            scanned=(pl.col("hosts") >= SCANNED_HOSTS)
            & (pl.col("begun") * 10 < pl.col("flows"))
            & ((pl.col("silent") >= 0.5).fill_null(False) | thin)
        )
        .sort(order, descending=[n not in ("remote", "wide") for n in order])
    )


def _refined(pairs: pl.DataFrame, wide: int, near: pl.Series) -> pl.DataFrame:
    """The hosts of a wide net that are inside: those met from outside it, and their neighbours."""
    sides = [
        pairs.filter(pl.col(f"{me}_wide") == wide).select(
            host=f"{me}_h", net=f"{me}_net", away=pl.col(f"{other}_wide") != wide, flows="flows"
        )
        for me, other in (("orig", "resp"), ("resp", "orig"))
    ]
    ends = pl.concat(sides)
    if ends["host"].is_in(near.implode()).any():
        nets = ends.filter(pl.col("host").is_in(near.implode()))["net"].unique()
    else:
        met = ends.filter(pl.col("away"))
        nets = (met if met.height else ends.head(1))["net"].unique()
    return ends.filter(pl.col("net").is_in(nets.implode()))


def networks_of(hosts: pl.Series) -> list[Net]:
    """Networks that hold the hosts: a lone one by itself, neighbours as /24, many /24 as a /16."""
    nets: dict[Net, list[str]] = {}
    for host in hosts.unique().sort().to_list():
        address = ipaddress.ip_address(host.partition("%")[0])
        bits = 24 if address.version == 4 else 64
        nets.setdefault(ipaddress.ip_network(f"{address}/{bits}", strict=False), []).append(host)
    lone = [n for n, members in nets.items() if n.version == 4 and len(members) == 1]
    wider: dict[Net, list[Net]] = {}
    for net in nets:
        wider.setdefault(net.supernet(new_prefix=16 if net.version == 4 else 32), []).append(net)
    result: list[Net] = []
    for wide, members in wider.items():
        if wide.version == 4 and len(members) >= MANY_NETS:
            result.append(wide)
        else:
            result += [ipaddress.ip_network(nets[n][0]) if n in lone else n for n in members]
    return result


def _places(pairs: pl.DataFrame, hosts: pl.DataFrame) -> pl.DataFrame:
    """The pairs with class, net and wide net of both ends."""
    for end in ("orig", "resp"):
        facts = hosts.select("value", *(pl.col(n).alias(f"{end}_{n}") for n in HOST_FACTS))
        pairs = pairs.join(facts, left_on=f"{end}_h", right_on="value", how="left")
    return pairs


def _remote(placed: pl.DataFrame) -> pl.Series:
    """Addresses of well-known networks that are unlikely to be inside."""
    ends = pl.concat([placed["orig_h"], placed["resp_h"].rename("orig_h")])
    known = KnownNetworks().facts(ends)
    return known.filter(pl.col("network_kind").is_in(REMOTE))["value"]


def public_networks(
    flows: pl.DataFrame, pairs: pl.DataFrame, hosts: pl.DataFrame, inside: PrefixTable
) -> tuple[list[Net], list[str]]:
    """Public networks that explain the flows between public addresses, and why."""
    placed = _places(pairs, hosts).filter(
        pl.col("orig_class").is_in(FAR) & pl.col("resp_class").is_in(FAR)
    )
    known = hosts.filter(pl.Series(inside.find(hosts["value"]) >= 0))["value"]
    is_known = [pl.col(f"{end}_h").is_in(known.implode()) for end in ("orig", "resp")]
    left = between = placed.filter(~is_known[0] & ~is_known[1])
    total = max(int(pairs["flows"].sum()), 1)
    near = _beside_router(flows, hosts) if left.height else pl.Series("value", [], dtype=pl.String)
    nets: list[Net] = []
    why: list[str] = []
    for _ in range(MOST_STEPS):
        if left.is_empty():
            break
        best = _candidates(left, near, near.clear()).row(0, named=True)
        if best["peers"] < FEW_PEERS:
            best = _candidates(left, near, _remote(left)).row(0, named=True)
        unexplained = int(left["flows"].sum()) / total
        strong = best["peers"] >= FEW_PEERS or unexplained >= UNEXPLAINED_SHARE
        if not strong or best["flows"] < EXPLAINS_SHARE * total:
            break
        ends = _refined(left, best["wide"], near if best["near"] else near.clear())
        found = networks_of(ends["host"])
        nets += found
        why.append(_reason(found, best, int(between["flows"].sum())))
        chosen = ends["host"].unique().implode()
        left = left.filter(~pl.col("orig_h").is_in(chosen) & ~pl.col("resp_h").is_in(chosen))
    return nets, why


def _reason(found: list[Net], best: dict[str, int], between: int) -> str:
    names = collapsed(found)
    text = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    verb, taking = ("is", "it takes") if len(names) == 1 else ("are", "they take")
    if best["near"]:
        return f"{text} {verb} inside: on the link itself, while a router carries the others."
    share = best["flows"] / max(between, 1)
    taking = f"{taking} part in {share:.0%} of the flows between public addresses"
    meeting = "meets" if len(names) == 1 else "meet"
    if best["peers"] >= FEW_PEERS:
        return f"{text} {verb} inside: {taking} and {meeting} {best['peers']} different networks."
    if best["peers"] > 1:
        return (
            f"{text} {verb} taken as inside: {taking} and {meeting} more networks than the others."
        )
    guess = (
        "many of its hosts were tried by few"
        if best["scanned"]
        else "the other side is a well-known service or more often the one that is called"
    )
    return f"{text} {verb} taken as inside: {taking}, and {guess}; state --home if this is wrong."
