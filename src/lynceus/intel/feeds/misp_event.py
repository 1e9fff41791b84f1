"""MISP events as JSON: attributes that are meant for detection, with those of its objects.

MISP core format (draft-dulaunoy-misp-core-format): sections Event, Attribute and Object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from lynceus.enrich.indicator import Entry
from lynceus.enrich.indicator_text import TECHNIQUE
from lynceus.intel.reading import Object, document, malformed, objects, told
from lynceus.intel.web import Web

KINDS: dict[str, str | None] = {
    **dict.fromkeys(
        ("ip-src", "ip-dst", "domain", "hostname", "url", "uri", "link", "ja3-fingerprint-md5")
    ),
    "x509-fingerprint-sha1": "certificate",
    "x509-fingerprint-sha256": "certificate",
    "x509-fingerprint-md5": "certificate",
}
"""Types of attributes that traffic can meet, and the kind where the value alone leaves doubt."""
PAIRS = {"ip-src|port": 0, "ip-dst|port": 0, "hostname|port": 0, "domain|ip": None}
"""Types of two values with a bar between: which of them is meant, None for both."""
_FAMILY = re.compile(r'^misp-galaxy:(?:malpedia|ransomware|rat|tool|[a-z-]*malware)="([^"]+)"')


class MispEvent:
    """One event, or the answer of a search, as a file or under an address."""

    title: ClassVar[str] = "MISP event as JSON"
    adds: ClassVar[bool] = False

    def entries(self, web: Web) -> Iterator[Entry]:
        """The attributes of the event or events."""
        return entries_of(web, document(web, web.text()))


def entries_of(web: Web, given: Any) -> Iterator[Entry]:
    """The entries of an event, of a list of them, or of an answer that holds them."""
    if isinstance(given, dict) and "response" in given:
        given = given["response"]
    if isinstance(given, dict) and "Attribute" in given and "Event" not in given:
        given = {"Event": given}
    events = given if isinstance(given, list) else [given]
    if not any(isinstance(one, dict) and isinstance(one.get("Event"), dict) for one in events):
        raise web.error("line 1: expected a MISP event, an object with Event")
    number = 0
    for one in events:
        event = one.get("Event") if isinstance(one, dict) else None
        if not isinstance(event, dict):
            number += 1
            yield malformed(number, one)
            continue
        for attribute in _attributes(event):
            number += 1
            yield from entry(number, attribute, event)


def _attributes(event: Object) -> Iterator[Object | None]:
    for _, one in objects(event.get("Attribute")):
        yield one
    for _, thing in objects(event.get("Object")):
        for _, one in objects((thing or {}).get("Attribute")):
            yield one


def entry(number: int, one: Object | None, event: Object) -> Iterator[Entry]:
    """The entries of an attribute: none where it is not meant for detection."""
    value = one and told(one.get("value"))
    if not one or not value:
        yield malformed(number, one)
        return
    kind = str(one.get("type"))
    if one.get("to_ids") is not True or one.get("deleted") is True:
        return
    tags = (*_tags(event), *_tags(one))
    family = next((m[1] for tag in tags if (m := _FAMILY.match(tag))), None)
    common = Entry(
        number,
        value,
        family or told(event.get("info")) or told(one.get("comment")),
        kind="file",
        tags=tags,
        techniques=tuple(dict.fromkeys(re.findall(TECHNIQUE, " ".join(tags)))),
        first_seen=told(one.get("first_seen")) or told(event.get("date")),
        last_seen=told(one.get("last_seen")) or told(one.get("timestamp")),
    )
    if kind in PAIRS:
        values = value.split("|")
        chosen = values if PAIRS[kind] is None else values[:1]
        for text in chosen:
            yield common._replace(text=text, kind=None)
    elif kind in KINDS:
        yield common._replace(kind=KINDS[kind])
    elif kind not in _OF_FILES:
        yield common._replace(kind="other")
    else:
        yield common


_OF_FILES = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "ssdeep", "imphash", "tlsh",
             "filename", "authentihash", "pehash", "malware-sample"}  # fmt: skip


def _tags(one: Object) -> tuple[str, ...]:
    found = (told(tag.get("name")) for _, tag in objects(one.get("Tag")) if tag)
    return tuple(name for name in found if name)
