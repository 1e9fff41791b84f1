"""STIX 2.1 bundles: indicators with the malware and techniques that they point to.

Of patterns those are understood that compare one thing with a value, or several things with `OR`.
A pattern that needs several things together accuses none of them alone and is left out.
STIX Version 2.1, OASIS Standard, sections 4.7 (Indicator) and 9 (Patterning).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, ClassVar

from lynceus.enrich.indicator import Entry
from lynceus.enrich.indicator_text import TECHNIQUE
from lynceus.intel.reading import Object, document, malformed, objects, told, words
from lynceus.intel.web import Web

TLP = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "tlp:clear",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "tlp:green",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "tlp:amber",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "tlp:red",
}
"""The markings that STIX 2.1 defines, by their ids (section 7.2.1.4)."""

_TOKEN = re.compile(
    r"(?P<path>[a-z0-9-]+:[A-Za-z0-9_.\[\]*'-]+)\s*(?P<no>NOT\s+)?(?P<op>=|IN\b|ISSUBSET\b|[<>!]=?"
    r"|LIKE\b|MATCHES\b|ISSUPERSET\b)\s*(?P<value>'(?:[^'\\]|\\.)*'|\((?:[^()']|'(?:[^'\\]|\\.)*')*\))"
)
_TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'")
_JOINED = re.compile(r"'(?:[^'\\]|\\.)*'|\b(AND|FOLLOWEDBY)\b")
_ADDRESSES = ("ipv4-addr:value", "ipv6-addr:value", "domain-name:value", "url:value")


class StixBundle:
    """A STIX 2.1 bundle."""

    title: ClassVar[str] = "STIX 2.1 bundle"
    adds: ClassVar[bool] = False

    def entries(self, web: Web) -> Iterator[Entry]:
        """What the indicators of the bundle compare with."""
        headers = {"Authorization": f"Bearer {web.key()}"} if web.subscription.key else {}
        bundle = document(web, web.text(headers=web.basic() or headers))
        if not isinstance(bundle, dict) or bundle.get("type") != "bundle":
            raise web.error("line 1: expected a STIX bundle, an object of type bundle")
        return entries_of(bundle.get("objects"))


def entries_of(given: Any) -> Iterator[Entry]:
    """The entries of STIX objects, what they point to looked up among the same objects."""
    known = {
        identity: one for _, one in objects(given) if one and (identity := told(one.get("id")))
    }
    meant = _meant(known)
    for number, one in objects(given):
        if one is None:
            yield malformed(number, None)
        elif one.get("type") == "indicator" and one.get("revoked") is not True:
            yield from _indicator(number, one, [known[i] for i in meant[str(one.get("id"))]])


def _meant(known: dict[str, Object]) -> dict[str, list[str]]:
    """By indicator what it indicates."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in known.values():
        source, target = told(one.get("source_ref")), told(one.get("target_ref"))
        if one.get("relationship_type") == "indicates" and source and target in known:
            found[source].append(str(target))
    return found


def _indicator(number: int, one: Object, meant: list[Object]) -> Iterator[Entry]:
    pattern = told(one.get("pattern"))
    if pattern is None:
        yield malformed(number, one.get("pattern"))
        return
    names = [told(o.get("name")) for o in meant if o.get("type") != "attack-pattern"]
    phases = str([o.get("external_references") for o in meant])
    marks = words(one.get("object_marking_refs"))
    common = Entry(
        number,
        pattern[:200],
        next((n for n in names if n), None) or told(one.get("name")),
        confidence=_percent(one.get("confidence")),
        tags=(*words(one.get("labels")), *words(one.get("indicator_types")),
              *(TLP[m] for m in marks if m in TLP)),
        techniques=tuple(dict.fromkeys(re.findall(TECHNIQUE, phases))),
        first_seen=told(one.get("valid_from")) or told(one.get("created")),
        last_seen=told(one.get("modified")),
        valid_until=told(one.get("valid_until")),
    )  # fmt: skip
    if one.get("pattern_type", "stix") != "stix":
        yield common._replace(kind="pattern")
        return
    yield from compared(common, pattern)


def _percent(value: Any) -> str | None:
    """A confidence of 0 to 100 as a share, for 1 of 100 is not certain."""
    told_ = told(value)
    if told_ is None or not re.fullmatch(r"\d{1,3}(?:\.\d+)?", told_):
        return None
    return f"{float(told_) / 100:.4f}"


def compared(common: Entry, pattern: str) -> Iterator[Entry]:
    """The entries of a pattern; where it needs several things together, one to be refused."""
    if any(found[1] for found in _JOINED.finditer(pattern)):
        yield common._replace(kind="pattern")
        return
    some = False
    for found in _TOKEN.finditer(pattern):
        kind = _kind(found["path"])
        if kind is None or found["no"] or found["op"] not in ("=", "IN", "ISSUBSET"):
            continue
        for value in _TEXT.findall(found["value"]):
            some = True
            text = re.sub(r"\\(.)", r"\1", value)
            yield common._replace(text=text, kind=kind or None)
    if not some:
        yield common._replace(kind="pattern")


def _kind(path: str) -> str | None:
    """What a path of an object is about: a kind, an empty text where the value tells, or None."""
    if path in _ADDRESSES or re.search(r"(?:dst|src)_ref\.value$", path):
        return ""
    if path.startswith("x509-certificate:hashes"):
        return "certificate"
    if path.startswith("file:hashes"):
        return "file"
    return "" if re.search(r"\bja[34]\b", path) else None
