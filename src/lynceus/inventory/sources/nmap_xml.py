"""nmap: hosts of an XML report (`nmap -oX`), with names, link addresses and systems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from lynceus.intel.web import Web
from lynceus.inventory.entry import AssetEntry, Entry, NoEntry
from lynceus.inventory.judged import number as numeric
from lynceus.inventory.xml_elements import Element, elements
from lynceus.moments import NS

SURE_OF_SYSTEM = 90
"""Percent from which on a guess at the system is told."""


class NmapXml:
    """A report of nmap."""

    title: ClassVar[str] = "nmap XML report (nmap -oX)"

    def entries(self, web: Web) -> Iterator[Entry]:
        """The hosts that are up."""
        for host in elements(web, web.text(), ("nmaprun",), ("host",)):
            state = host.first("status")
            if state is not None and state.has("state") not in (None, "up"):
                continue
            yield _host(host)


def _host(host: Element) -> Entry:
    given = [(a.has("addrtype"), a.has("addr")) for a in host.all("address")]
    places = tuple(addr for kind, addr in given if kind in ("ipv4", "ipv6") and addr)
    names = [n.has("name") for n in host.all("hostnames", "hostname")]
    name = next((n for n in names if n), None)
    if not places:
        return NoEntry(host.line, name or "", "has no address")
    ended = numeric(host.has("endtime"))
    matches = [m for m in host.all("os", "osmatch") if _sure(m)]
    return AssetEntry(
        host.line,
        places,
        asset=name,
        system=matches[0].has("name") if matches else None,
        macs=tuple(addr for kind, addr in given if kind == "mac" and addr),
        seen_ns=int(ended) * NS if ended is not None and 0 < ended < 1e11 else None,
    )


def _sure(match: Element) -> bool:
    return (numeric(match.has("accuracy")) or 0) >= SURE_OF_SYSTEM
