"""NetBox: addresses, and the devices and virtual machines whose they are.

NetBox REST API: /api/ipam/ip-addresses/, /api/dcim/devices/, /api/virtualization/virtual-machines/,
pages by `limit` and `offset`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import urlsplit

from lynceus.intel.reading import Object, document, objects, told
from lynceus.intel.web import MOST_PAGES, Web
from lynceus.inventory.entry import AssetEntry, Entry, NoEntry

PAGE = 500
CRITICALITY = ("criticality", "asset_criticality", "business_criticality")
"""Custom fields that are taken for the criticality."""
OWNER = ("owner", "asset_owner", "team")
"""Custom fields that are taken for the owner, before the tenant."""


class Netbox:
    """A NetBox; its address is that of the instance."""

    title: ClassVar[str] = "NetBox by REST (address of the instance, --key-env TOKEN)"

    def entries(self, web: Web) -> Iterator[Entry]:
        """Devices and virtual machines with the addresses of their interfaces."""
        root = web.subscription.url.rstrip("/").removesuffix("/api")
        addresses: dict[tuple[str, str], list[str]] = {}
        alone: list[AssetEntry] = []
        for number, one in _all(web, f"{root}/api/ipam/ip-addresses/"):
            address = _address(one)
            owner = _owner_of(one)
            if address is None:
                continue
            if owner is not None:
                addresses.setdefault(owner, []).append(address)
            elif name := told(one.get("dns_name")):
                alone.append(AssetEntry(number, (address,), asset=name, owner=_name(one, "tenant")))
        for kind, path in (
            ("device", "dcim/devices"),
            ("virtual_machine", "virtualization/virtual-machines"),
        ):
            for number, one in _all(web, f"{root}/api/{path}/", exclude="config_context"):
                places = addresses.get((kind, str(one.get("id"))), [])
                for primary in ("primary_ip4", "primary_ip6"):
                    inner = one.get(primary)
                    if isinstance(inner, dict) and (address := _address(inner)):
                        places = [address, *places]
                yield _machine(number, one, tuple(dict.fromkeys(places)))
        yield from alone


def _machine(number: int, one: Object, places: tuple[str, ...]) -> Entry:
    name = told(one.get("name")) or told(one.get("display"))
    if not places:
        return NoEntry(number, name or "", "has no address")
    custom = one.get("custom_fields")
    own: Object = custom if isinstance(custom, dict) else {}
    return AssetEntry(
        number,
        places,
        asset=name,
        owner=_own(own, OWNER) or _name(one, "tenant"),
        criticality=_own(own, CRITICALITY),
        role=_name(one, "role") or _name(one, "device_role"),
        system=_name(one, "platform"),
    )


def _all(web: Web, address: str, **more: str) -> Iterator[tuple[int, Object]]:
    """The objects of a list, page by page; what its `next` says of another host is not followed."""
    key = web.key()
    scheme = "Bearer" if key.startswith("nbt_") else "Token"
    headers = {"Authorization": f"{scheme} {key}", "Accept": "application/json"}
    number = 0
    for _ in range(MOST_PAGES):
        params = {"limit": str(PAGE), "offset": str(number), **more}
        text = web.text(address, headers=headers, params=params, conditional=False)
        answer = document(web, text)
        rows = answer.get("results") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise web.error(
                f"{urlsplit(address).path}: the answer is no page of NetBox: no results"
            )
        for _, one in objects(rows):
            number += 1
            if one:
                yield number, one
        if not answer.get("next") or not rows:
            return


def _address(one: Object) -> str | None:
    """The address itself: its length is that of the network around it."""
    text = told(one.get("address"))
    return text.partition("/")[0] if text else None


def _owner_of(one: Object) -> tuple[str, str] | None:
    """Which machine an address belongs to."""
    inner = one.get("assigned_object")
    for kind in ("device", "virtual_machine"):
        machine = inner.get(kind) if isinstance(inner, dict) else None
        if isinstance(machine, dict) and machine.get("id") is not None:
            return kind, str(machine["id"])
    return None


def _name(one: Object, key: str) -> str | None:
    inner = one.get(key)
    return (
        told(inner.get("name")) or told(inner.get("display")) if isinstance(inner, dict) else None
    )


def _own(custom: Object, keys: tuple[str, ...]) -> str | None:
    return next((text for key in keys if (text := _choice(custom.get(key)))), None)


def _choice(value: Any) -> str | None:
    """A custom field: a text, or a choice with its label."""
    return told(value.get("label") or value.get("name")) if isinstance(value, dict) else told(value)
