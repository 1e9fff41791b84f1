"""Entries become rows; what cannot be used is left out, with its line and the reason."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from lynceus.enrich.assets import CRITICALITY
from lynceus.intel.feed_folder import REFUSED_SCHEMA
from lynceus.inventory.entry import (
    ASSET_SCHEMA,
    PERSON_SCHEMA,
    VULNERABILITY_SCHEMA,
    AssetEntry,
    Entry,
    NoEntry,
    PersonEntry,
    VulnerabilityEntry,
)
from lynceus.shown import shown

MOST_CHARACTERS = 200
"""A longer text is cut: a name is no essay."""
SHORTEST = {4: 8, 6: 16}
"""A network wider than this is no asset."""
_CVE = re.compile(r"CVE-\d{4}-\d{4,7}")
_MAC = re.compile(r"[0-9a-f]{12}")


@dataclass
class Judged:
    """What of a source can be used."""

    assets: pl.DataFrame
    vulnerabilities: pl.DataFrame
    people: pl.DataFrame
    refused: pl.DataFrame

    @property
    def kept(self) -> int:
        """Rows that can be used."""
        return self.assets.height + self.vulnerabilities.height + self.people.height


@dataclass
class _Rows:
    assets: list[dict[str, Any]] = field(default_factory=list)
    vulnerabilities: list[dict[str, Any]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    refused: list[tuple[int, str, str]] = field(default_factory=list)


def judged(entries: Iterable[Entry]) -> Judged:
    """The rows of a source: an address that is there twice is kept as it stands first."""
    rows = _Rows()
    takes = {
        AssetEntry: _asset, VulnerabilityEntry: _vulnerability, PersonEntry: _person,
        NoEntry: _nothing,
    }  # fmt: skip
    for entry in entries:
        takes[type(entry)](entry, rows)  # type: ignore[operator]
    assets = pl.DataFrame(rows.assets, schema=ASSET_SCHEMA)
    again = assets.filter(~pl.col("place").is_first_distinct())
    twice = again.select(
        "line", text="place", reason=pl.lit("the address stands in an earlier entry too")
    )
    refused = pl.DataFrame(rows.refused, schema=REFUSED_SCHEMA, orient="row")
    return Judged(
        assets=assets.unique("place", keep="first", maintain_order=True),
        vulnerabilities=pl.DataFrame(rows.vulnerabilities, schema=VULNERABILITY_SCHEMA).unique(
            ["place", "cve", "port"], keep="first", maintain_order=True
        ),
        people=pl.DataFrame(rows.people, schema=PERSON_SCHEMA).unique(
            "user", keep="first", maintain_order=True
        ),
        refused=pl.concat([refused, twice]).sort("line", maintain_order=True),
    )


def _nothing(one: NoEntry, rows: _Rows) -> None:
    rows.refused.append((one.number, short(one.text) or "", one.reason))


def _asset(one: AssetEntry, rows: _Rows) -> None:
    good, wrong = [], ""
    for text in one.places:
        try:
            good.append(place(text))
        except ValueError as error:
            wrong = str(error)
    level = (one.criticality or "").strip().lower()
    if level and level not in CRITICALITY:
        wrong = wrong or f"criticality {level[:60]!r} is not low, medium, high or critical"
    if wrong or not good:
        reason = wrong or "has no address"
        rows.refused.append((one.number, short(one.asset) or ", ".join(one.places)[:80], reason))
    told = {
        "asset": short(one.asset), "owner": short(one.owner), "role": short(one.role),
        "criticality": CRITICALITY.get(level), "system": short(one.system),
        "macs": [m for text in one.macs if (m := mac(text))], "seen_ns": one.seen_ns,
        "line": one.number,
    }  # fmt: skip
    rows.assets += [{"place": where, **told} for where in dict.fromkeys(good)]


def _vulnerability(one: VulnerabilityEntry, rows: _Rows) -> None:
    cve = (one.cve or "").strip().upper()
    try:
        where = place(one.place or "")
        if not _CVE.fullmatch(cve):
            raise ValueError(f"{cve[:40]!r} is no CVE such as CVE-2024-12345")
        if "/" in where:
            raise ValueError(f"{where!r} is a network, expected an address")
    except ValueError as error:
        rows.refused.append((one.number, short(one.title) or cve[:80], str(error)))
        return
    score = one.cvss if one.cvss is not None and 0 <= one.cvss <= 10 else None
    port = one.port if one.port is not None and 0 < one.port < 65_536 else None
    rows.vulnerabilities.append(
        {
            "place": where, "cve": cve, "cvss": score, "port": port, "title": short(one.title),
            "seen_ns": one.seen_ns, "line": one.number,
        }
    )  # fmt: skip


def _person(one: PersonEntry, rows: _Rows) -> None:
    user = account(one.user)
    if user is None:
        rows.refused.append((one.number, short(one.name) or "", "has no account name"))
        return
    rows.people.append(
        {
            "user": user, "name": short(one.name), "mail": short(one.mail),
            "title": short(one.title), "department": short(one.department),
            "manager": short(one.manager), "groups": [g for t in one.groups if (g := short(t))],
            "enabled": one.enabled, "seen_ns": one.seen_ns, "line": one.number,
        }
    )  # fmt: skip


def place(text: str) -> str:
    """An address or network in its usual form. Raises ValueError on what is none, or too wide."""
    try:
        net = ipaddress.ip_network(text.strip().partition("%")[0], strict=False)
    except ValueError:
        raise ValueError(f"{shown(text)[:60]!r} is no address or network") from None
    if net.prefixlen < SHORTEST[net.version]:
        raise ValueError(f"{net} is wider than /{SHORTEST[net.version]}")
    first = net.network_address
    if first.is_loopback or first.is_multicast or first.is_unspecified:
        raise ValueError(f"{net} is no address of one machine")
    return str(first) if net.prefixlen == net.max_prefixlen else str(net)


def mac(text: str) -> str | None:
    """A link address as `00:11:22:aa:bb:cc`; None where the text is none."""
    digits = re.sub(r"[^0-9a-f]", "", text.lower())
    if not _MAC.fullmatch(digits) or digits == "0" * 12 or int(digits[1], 16) & 1:
        return None
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def account(text: str | None) -> str | None:
    """An account without its domain, in lower case: `CORP\\Ada`, `ada@corp.example` -> `ada`."""
    if text is None:
        return None
    name = text.strip().rpartition("\\")[2].partition("@")[0].strip().lower()
    return short(name)


def short(text: str | None) -> str | None:
    """A text that may be shown, of bounded length; None where there is nothing in it."""
    if text is None:
        return None
    told = shown(" ".join(text.split()))
    return told[:MOST_CHARACTERS] or None


def number(text: object) -> float | None:
    """A finite number; None where it is none."""
    try:
        value = float(str(text))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
