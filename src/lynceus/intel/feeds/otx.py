"""AlienVault OTX: the pulses that a key is subscribed to, those changed since the last reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from lynceus.enrich.indicator import Entry
from lynceus.intel.reading import Object, document, malformed, objects, told
from lynceus.intel.web import MOST_PAGES, Web

PAGE = 50
USED = {"IPv4", "IPv6", "CIDR", "domain", "hostname", "URL", "URI"}
"""Types of indicators that traffic can meet; a JA3 is a digest of its own kind."""


class Otx:
    """The DirectConnect API of OTX; its address is that of the service."""

    title: ClassVar[str] = "AlienVault OTX: subscribed pulses (--key-env)"
    adds: ClassVar[bool] = True

    def entries(self, web: Web) -> Iterator[Entry]:
        """The indicators of all pulses."""
        root = web.subscription.url.rstrip("/").removesuffix("/api/v1/pulses/subscribed")
        params = {"limit": str(PAGE), "page": "1"}
        if web.since:
            params["modified_since"] = web.since
        number = 0
        for page in range(1, MOST_PAGES):
            params["page"] = str(page)
            text = web.text(
                f"{root}/api/v1/pulses/subscribed",
                headers={"X-OTX-API-KEY": web.key()},
                params=params,
                conditional=False,
            )
            answer = document(web, text)
            if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
                raise web.error("the answer is no page of pulses: it has no results")
            for _, pulse in objects(answer["results"]):
                for _, one in objects((pulse or {}).get("indicators")):
                    number += 1
                    yield _entry(number, pulse or {}, one)
            if not answer.get("next"):
                return


def _entry(number: int, pulse: Object, one: Object | None) -> Entry:
    text = one and told(one.get("indicator"))
    if not one or not text:
        return malformed(number, one)
    families = _named(pulse.get("malware_families"), "display_name")
    level = told(pulse.get("TLP")) or told(pulse.get("tlp"))
    return Entry(
        number,
        text,
        next(iter(families), None) or told(pulse.get("name")),
        kind=None if one.get("type") in USED else "file",
        tags=(*_named(pulse.get("tags"), "name"), *((f"tlp:{level}",) if level else ())),
        techniques=_named(pulse.get("attack_ids"), "id"),
        first_seen=told(one.get("created")),
        last_seen=told(pulse.get("modified")),
        valid_until=told(one.get("expiration")),
    )


def _named(value: Any, key: str) -> tuple[str, ...]:
    """Texts, or what objects have under a key."""
    given = value if isinstance(value, list) else []
    found = (told(v.get(key)) if isinstance(v, dict) else told(v) for v in given)
    return tuple(one for one in found if one)
