"""The inside among public addresses: which end of a flow is near.

See `home.py` for the rules; this is the third of them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

import polars as pl

from lynceus.enrich.meetings import FAR, Meetings
from lynceus.enrich.networks import KnownNetworks
from lynceus.enrich.prefixes import Addresses, PrefixTable
from lynceus.language import several

Net = ipaddress.IPv4Network | ipaddress.IPv6Network

OPTION = "--home"
"""How a person states the inside."""
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


NEAR = (
    "{networks} is inside: on the link itself, while a router carries the others.",
    "{networks} are inside: on the link itself, while a router carries the others.",
)
MEETS = (
    "{networks} is inside: it takes part in {share} of the flows between public addresses and "
    "meets {peers} different networks.",
    "{networks} are inside: they take part in {share} of the flows between public addresses and "
    "meet {peers} different networks.",
)
MEETS_MORE = (
    "{networks} is taken as inside: it takes part in {share} of the flows between public addresses "
    "and meets more networks than the others.",
    "{networks} are taken as inside: they take part in {share} of the flows between public "
    "addresses and meet more networks than the others.",
)
TRIED = (
    "{networks} is taken as inside: it takes part in {share} of the flows between public "
    "addresses, and many of its hosts were tried by few; state {option} if this is wrong.",
    "{networks} are taken as inside: they take part in {share} of the flows between public "
    "addresses, and many of its hosts were tried by few; state {option} if this is wrong.",
)
CALLED = (
    "{networks} is taken as inside: it takes part in {share} of the flows between public "
    "addresses, and the other side is a well-known service or more often the one that is called; "
    "state {option} if this is wrong.",
    "{networks} are taken as inside: they take part in {share} of the flows between public "
    "addresses, and the other side is a well-known service or more often the one that is called; "
    "state {option} if this is wrong.",
)
"""Why public networks are taken as inside, of one and of several."""


def collapsed(nets: Iterable[Net]) -> tuple[str, ...]:
    """Networks as text, neighbours joined, IPv4 first."""
    v4 = sorted({n for n in nets if isinstance(n, ipaddress.IPv4Network)})
    v6 = sorted({n for n in nets if isinstance(n, ipaddress.IPv6Network)})
    return tuple(
        str(n) for n in (*ipaddress.collapse_addresses(v4), *ipaddress.collapse_addresses(v6))
    )


def _beside_router(met: Meetings) -> pl.Series:
    """Public hosts whose link address is their own, in captures that show a router as well.

    A router's link address carries public addresses of several wide nets.
    """
    seen = met.link_addresses()
    seen = seen.with_columns(wide=met.hosts["wide"].gather(seen["host"]))
    several = pl.col("wide").min() != pl.col("wide").max()
    routers = seen.group_by("mac").agg(several).filter("wide")
    if routers.is_empty():
        return seen["host"].clear()
    behind = seen.filter(pl.col("mac").is_in(routers["mac"].implode()))["host"]
    return seen.filter(~pl.col("host").is_in(behind.implode()))["host"].unique()


def _sides(left: pl.DataFrame, remote: pl.Series) -> pl.DataFrame:
    """Each flow pair seen from both ends: my wide net and host, the other's wide net."""
    return pl.concat(
        [
            left.select(
                wide=f"{me}_wide",
                peer=f"{other}_wide",
                host=me,
                flows="flows",
                begun=pl.col("flows") if me == "orig" else pl.lit(0, pl.UInt32),
                silent=~pl.col("answered"),
                remote=pl.col(me).is_in(remote.implode()),
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


def _refined(left: pl.DataFrame, wide: int, near: pl.Series, hosts: pl.DataFrame) -> pl.DataFrame:
    """The hosts of a wide net that are inside: those met from outside it, and their neighbours."""
    sides = [
        left.filter(pl.col(f"{me}_wide") == wide).select(
            host=me, away=pl.col(f"{other}_wide") != wide
        )
        for me, other in (("orig", "resp"), ("resp", "orig"))
    ]
    ends = pl.concat(sides).group_by("host").agg(pl.col("away").any()).join(hosts, on="host")
    chosen = ends["host"].is_in(near.implode())
    if not chosen.any():
        chosen = ends["away"]
    if not chosen.any():
        chosen = ends["value"] == hosts["value"].gather(sides[0]["host"]).min()
    return ends.filter(pl.col("net").is_in(ends.filter(chosen)["net"].implode()))


def networks_of(hosts: pl.DataFrame) -> list[Net]:
    """Networks that hold the hosts: a lone one by itself, neighbours as /24, many /24 as a /16.

    `hosts` are rows of `Meetings.hosts`.
    """
    nets = (
        hosts.group_by("version", "wide", "net")
        .agg(pl.len().alias("members"), pl.col("key").first())
        .with_columns(nets=pl.len().over("version", "wide"))
    )
    v4 = pl.col("version") == 4
    wider = v4 & (pl.col("nets") >= MANY_NETS)
    lone = v4 & (pl.col("members") == 1)
    found = nets.select(
        "version",
        first=pl.when(wider).then(pl.col("wide") * 2**16)
        .when(lone).then("key")
        .when(v4).then(pl.col("net") * 2**8)
        .otherwise("net"),
        bits=pl.when(wider).then(16).when(lone).then(32).when(v4).then(24).otherwise(64),
    ).unique()  # fmt: skip
    return [
        ipaddress.IPv4Network((first, bits))
        if version == 4
        else ipaddress.IPv6Network((first % 2**64 * 2**64, bits))
        for version, first, bits in found.iter_rows()
    ]


def _placed(met: Meetings, inside: PrefixTable) -> pl.DataFrame:
    """The pairs of public hosts none of which is inside, with net and wide net of both ends."""
    open_end = met.hosts["class"].is_in(FAR) & ~met.within(inside)
    both = open_end.gather(met.pairs["orig"]) & open_end.gather(met.pairs["resp"])
    pairs = met.pairs.filter(both)
    return pairs.with_columns(
        met.hosts["wide"].gather(pairs[end]).alias(f"{end}_wide") for end in ("orig", "resp")
    )


def _remote(left: pl.DataFrame, hosts: pl.DataFrame) -> pl.Series:
    """Hosts of well-known networks that are unlikely to be inside."""
    ends = hosts.join(
        pl.concat([left["orig"], left["resp"].rename("orig")]).unique().rename("host").to_frame(),
        on="host",
        how="semi",
    )
    known = KnownNetworks().of(Addresses.of(ends["value"]))
    return ends["host"].filter(known["network_kind"].is_in(REMOTE))


def public_networks(met: Meetings, inside: PrefixTable) -> tuple[list[Net], list[str]]:
    """Public networks that explain the flows between public addresses, and why."""
    left = between = _placed(met, inside)
    total = max(int(met.pairs["flows"].sum()), 1)
    nobody = met.link.clear()
    near = _beside_router(met) if left.height else nobody
    nets: list[Net] = []
    why: list[str] = []
    for _ in range(MOST_STEPS):
        if left.is_empty():
            break
        best = _candidates(left, near, nobody).row(0, named=True)
        if best["peers"] < FEW_PEERS:
            best = _candidates(left, near, _remote(left, met.hosts)).row(0, named=True)
        unexplained = int(left["flows"].sum()) / total
        strong = best["peers"] >= FEW_PEERS or unexplained >= UNEXPLAINED_SHARE
        if not strong or best["flows"] < EXPLAINS_SHARE * total:
            break
        ends = _refined(left, best["wide"], near if best["near"] else nobody, met.hosts)
        found = networks_of(ends)
        nets += found
        chosen = ends["host"].implode()
        theirs = pl.col("orig").is_in(chosen) | pl.col("resp").is_in(chosen)
        share = int(between.filter(theirs)["flows"].sum()) / max(int(between["flows"].sum()), 1)
        why.append(_reason(found, best, share))
        left = left.filter(~theirs)
    return nets, why


def _reason(found: list[Net], best: dict[str, int], share: float) -> str:
    names = collapsed(found)
    text = ", ".join(names[:3])
    if (left := len(names) - 3) > 0:
        form = "{named} and {n} more"
        text = several(form, form, left, named=text)
    if best["near"]:
        forms = NEAR
    elif best["peers"] >= FEW_PEERS:
        forms = MEETS
    elif best["peers"] > 1:
        forms = MEETS_MORE
    else:
        forms = TRIED if best["scanned"] else CALLED
    return several(
        *forms, len(names), networks=text, share=f"{share:.0%}", peers=best["peers"],
        option=OPTION,
    )  # fmt: skip
