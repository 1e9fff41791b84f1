"""ServiceNow: the rows of a table of the CMDB.

Table API, GET /api/now/table/{tableName}: `sysparm_limit`, `sysparm_offset`,
`sysparm_display_value=all` gives each field as a person reads it and as it is stored (times in
UTC).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import ClassVar

from lynceus.intel.reading import Object, document, objects, told
from lynceus.intel.web import MOST_PAGES, Web
from lynceus.inventory.entry import AssetEntry, Entry, NoEntry
from lynceus.moments import NS

PAGE = 1000
TABLE = "cmdb_ci_computer"
FIELDS = (
    *("sys_id", "name", "fqdn", "ip_address", "mac_address", "os", "sys_class_name"),
    *("owned_by", "managed_by", "assigned_to", "support_group", "business_criticality"),
    *("busines_criticality", "u_criticality", "last_discovered"),
)
OWNERS = ("owned_by", "managed_by", "support_group", "assigned_to")
LEVELS = ("business_criticality", "busines_criticality", "u_criticality")
"""The second is how the field of services is spelt there."""
_LEVEL = {"1": "critical", "2": "high", "3": "medium", "4": "low"}
"""`1 - most critical` to `4 - not critical`."""


class ServicenowCmdb:
    """A table of the CMDB; its address is that of the instance."""

    title: ClassVar[str] = (
        f"ServiceNow CMDB table (--collection {TABLE}, --user NAME --key-env PASSWORD, or a token)"
    )

    def entries(self, web: Web) -> Iterator[Entry]:
        """All rows that may be read, page by page."""
        root = web.subscription.url.rstrip("/")
        table = web.subscription.collection or TABLE
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,79}", table):
            raise web.error(f"{table!r} is no table; expected one such as {TABLE}")
        headers = {"Accept": "application/json"}
        headers |= web.basic() or {"Authorization": f"Bearer {web.key()}"}
        number = 0
        for page in range(MOST_PAGES):
            params = {
                "sysparm_fields": ",".join(FIELDS), "sysparm_display_value": "all",
                "sysparm_exclude_reference_link": "true", "sysparm_query": "ORDERBYsys_id",
                "sysparm_limit": str(PAGE), "sysparm_offset": str(page * PAGE),
            }  # fmt: skip
            address = f"{root}/api/now/table/{table}"
            text = web.text(address, headers=headers, params=params, conditional=False)
            answer = document(web, text)
            rows = answer.get("result") if isinstance(answer, dict) else None
            if not isinstance(rows, list):
                raise web.error("the answer is no page of the Table API: it has no result")
            # A page may be short though more follow: rows that may not be read are left out.
            if not rows:
                return
            for _, one in objects(rows):
                number += 1
                yield _machine(number, one)


def _machine(number: int, one: Object | None) -> Entry:
    if not one:
        return NoEntry(number, str(one), "is no row")
    places = tuple(p for p in re.split(r"[\s,;]+", _shown(one, "ip_address") or "") if p)
    name = _shown(one, "name") or _shown(one, "fqdn")
    if not places:
        return NoEntry(number, name or "", "has no address")
    level = next((text for key in LEVELS if (text := _shown(one, key))), None)
    return AssetEntry(
        number,
        places,
        asset=name,
        owner=next((text for key in OWNERS if (text := _shown(one, key))), None),
        criticality=_LEVEL.get((level or "")[:1], level),
        role=_shown(one, "sys_class_name"),
        system=_shown(one, "os"),
        macs=tuple(m for m in (_shown(one, "mac_address") or "").split(",") if m),
        seen_ns=_time(_stored(one, "last_discovered")),
    )


def _part(one: Object, key: str, which: str) -> str | None:
    value = one.get(key)
    return told(value.get(which)) if isinstance(value, dict) else told(value)


def _shown(one: Object, key: str) -> str | None:
    return _part(one, key, "display_value")


def _stored(one: Object, key: str) -> str | None:
    return _part(one, key, "value")


def _time(text: str | None) -> int | None:
    try:
        at = datetime.strptime(text or "", "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - it is in UTC
    except ValueError:
        return None
    return int(at.replace(tzinfo=UTC).timestamp()) * NS
