"""Everything that is known of one address, for a person."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from lynceus.inventory.known import Known
from lynceus.inventory.settled import FIELDS, age_days, weight
from lynceus.inventory.store import InventoryStore
from lynceus.moments import written

if TYPE_CHECKING:
    from lynceus.config import Config


def about(store: InventoryStore, config: Config, address: str, at_ns: int) -> dict[str, Any]:
    """What is believed (`believed`), what each source says (`sources`), what scanners found.

    Raises `ListError`, `InventoryError` where list or store cannot be read.
    """
    settings = replace(config.inventory, store=store.root)
    known = Known.of(config.assets, settings)
    facts = known.assets(at_ns).facts(pl.Series([address]))
    inside = facts.with_columns(inside=pl.lit(True))
    stays = known.earlier
    told = known.about(inside, at_ns).drop("value", "inside").row(0, named=True)
    rows = known.rows
    mine = rows.filter(
        pl.Series([_holds(place, address) for place in rows["place"]], dtype=pl.Boolean)
    )
    aged = mine.with_columns(age=age_days(at_ns)).with_columns(
        weight=weight(pl.col("age"), settings.stale_days).round(3)
    )
    said = aged.sort("source").select(
        "source", "place", *FIELDS, "macs", "weight", read="refreshed_ns", seen="seen_ns"
    )
    weak = known.vulnerabilities.filter(pl.col("place") == address)
    weak = weak.sort("cvss", "cve", descending=[True, False], nulls_last=True)
    return {
        "address": address,
        "believed": {key: value for key, value in told.items() if value is not None},
        "sources": [_dated(row) for row in said.to_dicts()],
        "stays": [
            {**row, "from_ns": written(row["from_ns"]), "until_ns": written(row["until_ns"])}
            for row in stays.filter(pl.col("host") == address).drop("site", "host").to_dicts()
        ],
        "vulnerabilities": weak.select("cve", "cvss", "port", "title", "source").to_dicts(),
    }


def lines(told: dict[str, Any]) -> Iterator[str]:
    """The same as lines of text."""
    believed = dict(told["believed"])
    unknown = believed.pop("asset_unknown", False) or not told["sources"]
    nothing = unknown and not believed and not told["vulnerabilities"]
    yield f"{told['address']}: " + ("no source knows it" if nothing else "")
    for key, value in believed.items():
        yield f"  {key.removeprefix('asset_'):14} {value}"
    for row in told["sources"]:
        said = ", ".join(f"{key} {row[key]}" for key in FIELDS if row.get(key))
        seen = f", seen {row['seen']}" if row["seen"] else ""
        yield (
            f"  {row['source']} says of {row['place']}: {said or 'nothing but the address'} "
            f"(read {row['read'] or 'never'}{seen}, weight {row['weight']:g})"
        )
    for stay in told["stays"]:
        called = " ".join(text for text in (stay["name"], stay["mac"]) if text) or "a device"
        why = "; ".join(text for text in (stay["evidence"], stay["conflict"]) if text)
        yield f"  {called} from {stay['from_ns']} to {stay['until_ns']}: {why or 'no name'}"
    for one in told["vulnerabilities"]:
        score = "" if one["cvss"] is None else f" CVSS {one['cvss']:g}"
        port = f" port {one['port']}" if one["port"] else ""
        yield f"  {one['cve']}{score}{port} {one['title'] or ''} ({one['source']})".rstrip()


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "read": written(row["read"]), "seen": written(row["seen"])}


def _holds(place: str, address: str) -> bool:
    net = ipaddress.ip_network(place)
    return ipaddress.ip_network(address).network_address in net
