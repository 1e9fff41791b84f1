"""What a source of the site's own says: a machine, a weakness of one, a person; or what is none."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class AssetEntry:
    """A machine or a network, as it is written."""

    number: int
    """Its line or its place in the answer, from 1."""
    places: tuple[str, ...]
    """Addresses, or networks as `address/length`."""
    asset: str | None = None
    owner: str | None = None
    criticality: str | None = None
    role: str | None = None
    system: str | None = None
    """Operating system or platform."""
    macs: tuple[str, ...] = ()
    seen_ns: int | None = None
    """When the source itself last saw it, where it tells."""


@dataclass(frozen=True)
class VulnerabilityEntry:
    """A weakness that a scanner found at an address."""

    number: int
    place: str | None
    cve: str | None
    cvss: float | None = None
    """Base score, 0..10."""
    port: int | None = None
    title: str | None = None
    seen_ns: int | None = None


@dataclass(frozen=True)
class PersonEntry:
    """An account of a directory and whom it belongs to."""

    number: int
    user: str | None
    name: str | None = None
    mail: str | None = None
    title: str | None = None
    department: str | None = None
    manager: str | None = None
    groups: tuple[str, ...] = ()
    """Names of all groups it is in, those within groups too."""
    enabled: bool | None = None
    seen_ns: int | None = None
    """Its last logon, where the directory tells."""


@dataclass(frozen=True)
class NoEntry:
    """What stands in the place of an entry and is none."""

    number: int
    text: str
    reason: str


Entry = AssetEntry | VulnerabilityEntry | PersonEntry | NoEntry

_AT = {"line": pl.Int64(), "seen_ns": pl.Int64()}
ASSET_SCHEMA = pl.Schema(
    {
        "place": pl.String(), "asset": pl.String(), "owner": pl.String(),
        "criticality": pl.String(), "role": pl.String(), "system": pl.String(),
        "macs": pl.List(pl.String()), **_AT,
    }
)  # fmt: skip
"""One row a place (an address or network) of a machine."""
VULNERABILITY_SCHEMA = pl.Schema(
    {
        "place": pl.String(), "cve": pl.String(), "cvss": pl.Float64(), "port": pl.UInt16(),
        "title": pl.String(), **_AT,
    }
)  # fmt: skip
"""One row a weakness of an address."""
PERSON_SCHEMA = pl.Schema(
    {
        "user": pl.String(), "name": pl.String(), "mail": pl.String(), "title": pl.String(),
        "department": pl.String(), "manager": pl.String(), "groups": pl.List(pl.String()),
        "enabled": pl.Boolean(), **_AT,
    }
)  # fmt: skip
"""One row an account; `user` in lower case without its domain."""
