"""SolarWinds Orion: its nodes, asked for in SWQL.

SWIS REST: POST /SolarWinds/InformationService/v3/Json/Query with `query` and `parameters`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import ClassVar

from lynceus.intel.reading import document, objects, told
from lynceus.intel.web import MOST_PAGES, Web
from lynceus.inventory.entry import AssetEntry, Entry, NoEntry
from lynceus.moments import NS

PATH = "/SolarWinds/InformationService/v3/Json/Query"
PAGE = 1000
FIELDS = (
    *("NodeID", "Caption", "DNS", "IPAddress", "MachineType", "Vendor", "Contact"),
    *("NodeDescription", "LastSystemUpTimePollUtc"),
)
QUERY = (
    f"SELECT TOP {PAGE} {', '.join(FIELDS)} FROM Orion.Nodes "  # noqa: S608 - all of it is ours
    "WHERE NodeID > @after ORDER BY NodeID"
)


class SolarwindsOrion:
    """The nodes of an Orion server; its address is that of SWIS (port 17774)."""

    title: ClassVar[str] = "SolarWinds Orion nodes by SWIS (https://HOST:17774, --user --key-env)"

    def entries(self, web: Web) -> Iterator[Entry]:
        """All nodes, page by page in the order of their numbers."""
        address = web.subscription.url.rstrip("/").removesuffix(PATH) + PATH
        headers = {"Accept": "application/json", **web.basic()}
        after, number = 0, 0
        for _ in range(MOST_PAGES):
            text = web.text(
                address, method="POST", headers=headers, conditional=False,
                body={"query": QUERY, "parameters": {"after": after}},
            )  # fmt: skip
            answer = document(web, text)
            rows = answer.get("results") if isinstance(answer, dict) else None
            if not isinstance(rows, list):
                raise web.error("the answer is none of SWIS: it has no results")
            last = after
            for _, one in objects(rows):
                number += 1
                node = one.get("NodeID") if one else None
                if not one or not isinstance(node, int):
                    yield NoEntry(number, str(one), "is no node")
                    continue
                last = max(last, node)
                address_of = told(one.get("IPAddress"))
                name = told(one.get("Caption")) or told(one.get("DNS"))
                if not address_of:
                    yield NoEntry(number, name or "", "has no address")
                    continue
                yield AssetEntry(
                    number,
                    (address_of,),
                    asset=name,
                    owner=told(one.get("Contact")),
                    role=told(one.get("MachineType")),
                    system=told(one.get("NodeDescription")) or told(one.get("Vendor")),
                    seen_ns=_time(told(one.get("LastSystemUpTimePollUtc"))),
                )
            if len(rows) < PAGE or last == after:
                return
            after = last


def _time(text: str | None) -> int | None:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return int(at.replace(tzinfo=at.tzinfo or UTC).timestamp()) * NS
