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
from dataclasses import dataclass, field, replace

import polars as pl

from lynceus.enrich.address import inside
from lynceus.enrich.home_public import OPTION, Net, collapsed, networks_of, public_networks
from lynceus.enrich.meetings import FAR, PRIVATE, Meetings, meetings
from lynceus.enrich.prefixes import PrefixTable
from lynceus.language import say, several

LOCAL = ("loopback", "link_local", "unspecified")
"""Classes of addresses that are inside wherever they show up."""
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
    hosts: pl.Series = field(
        default_factory=lambda: pl.Series("value", [], dtype=pl.String), compare=False, repr=False
    )
    """The addresses of the traffic that are inside."""

    @staticmethod
    def stated(networks: Sequence[str]) -> HomeNetworks:
        """The inside as a person states it. Raises ValueError on what is no network."""
        try:
            nets = [ipaddress.ip_network(n.strip(), strict=False) for n in networks]
        except ValueError as error:
            raise ValueError(f"home network: {error}; expected such as 192.0.2.0/24") from None
        return HomeNetworks(collapsed(nets), ("The inside was stated with --home.",))


def _private(met: Meetings) -> pl.DataFrame:
    """Private ranges that are inside (`range`), with how many of their hosts spoke (`spoke`)."""
    ranges = met.hosts.filter(pl.col("range").is_not_null()).select("host", "range")
    answered = met.pairs.filter(pl.col("answered"))
    ends = [answered["orig"], answered["resp"], met.link]
    talking = pl.concat([s.rename("host") for s in ends]).unique().to_frame()
    spoke = talking.join(ranges, on="host").group_by("range").agg(spoke=pl.len())
    untold = met.pairs.filter(pl.col("answered").is_null())
    began = pl.concat([met.pairs.select("flows", host="orig"), untold.select("flows", host="resp")])
    begun = (
        began.join(ranges, on="host")
        .group_by("range")
        .agg(pl.col("flows").sum(), spoke=pl.col("host").n_unique())
        .filter(pl.col("flows") >= BEGINS_SHARE * max(int(met.pairs["flows"].sum()), 1))
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
    stated = HomeNetworks.stated(named) if named else None
    met = meetings(flows, events)
    home = stated or _inferred(met)
    at_home = met.within(PrefixTable(home.networks))
    return replace(home, hosts=met.hosts["value"].filter(inside(met.hosts["class"], at_home)))


def _inferred(met: Meetings) -> HomeNetworks:
    nets: list[Net] = []
    why: list[str] = []
    for row in _private(met).rows(named=True):
        nets.append(ipaddress.ip_network(row["range"]))
        why.append(
            several(
                "{network} is inside: {n} private host of it took part in the traffic.",
                "{network} is inside: {n} private hosts of it took part in the traffic.",
                row["spoke"], network=row["range"],
            )
        )  # fmt: skip
    neighbours = met.hosts.filter(
        pl.col("class").is_in(FAR) & pl.col("host").is_in(met.link.implode())
    )
    if neighbours.height:
        found = networks_of(neighbours)
        nets += found
        names = ", ".join(collapsed(found)[:3])
        why.append(
            say(
                "{networks}: its hosts speak on the link itself (ARP, DHCP or link-local).",
                networks=names,
            )
        )
    public, reasons = public_networks(met, PrefixTable(collapsed(nets)))
    networks = collapsed([*nets, *public])
    covered = _covered(met, networks)
    if public and covered < TRANSIT_SHARE:
        networks, reasons = collapsed(nets), []
        covered = _covered(met, networks)
    why += reasons
    if not networks:
        why.append(
            say("No inside could be told from this traffic; state it with {option}.", option=OPTION)
        )
    elif covered < TRANSIT_SHARE:
        why.append(
            say(
                "Only {share} of the flows have an inside end: this may be transit traffic; state "
                "the inside with {option}.",
                share=f"{covered:.0%}", option=OPTION,
            )
        )  # fmt: skip
    return HomeNetworks(networks, tuple(why), covered)


def _covered(met: Meetings, networks: tuple[str, ...]) -> float:
    near = met.within(PrefixTable(networks)) | met.hosts["class"].is_in(LOCAL)
    known = met.pairs.filter(pl.col("resp").is_not_null())
    either = near.gather(known["orig"]) | near.gather(known["resp"])
    total = int(known["flows"].sum())
    return int(known.filter(either)["flows"].sum()) / total if total else 1.0
