"""Turns the text of an indicator list into entries: what is meant, and by which line.

Understands plain lists (one indicator a line, comments, counts, hosts files, `*.` and `||`
forms, defanged text) and CSV with a header that names the column.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from lynceus.enrich.indicator import Entry

VALUE_COLUMNS = (
    "indicator", "ioc", "ioc_value", "value", "observable",
    "ip", "ip_address", "ipaddress", "ipaddr", "address", "dst_ip", "dstip", "src_ip",
    "net", "network", "cidr", "subnet", "netblock",
    "domain", "host", "hostname", "fqdn", "url",
    "ja3", "ja3_md5", "ja3_hash", "ja4", "sha1", "sha256",
)  # fmt: skip
"""Header names whose cells hold indicators, whichever kind they are."""

FACT_COLUMNS = {
    "name": ("name", "malware", "malware_printable", "family", "threat", "threat_name"),
    "description": ("description", "comment", "reason", "listingreason", "info"),
    "source": ("source", "reporter", "feed", "provider"),
    "confidence": ("confidence", "confidence_level", "score"),
    "tags": ("tags", "tag", "labels", "category"),
    "techniques": ("techniques", "technique", "attack", "mitre"),
    "first_seen": (
        "first_seen", "firstseen", "first_seen_utc", "dateadded", "date_added", "listingdate",
        "created",
    ),
    "last_seen": (
        "last_seen", "lastseen", "last_seen_utc", "last_online", "lastonline", "modified",
    ),
    "valid_until": ("valid_until", "validuntil", "expires", "expiration", "expiry"),
}  # fmt: skip
"""Header names of what is known about an indicator."""

COMMENT = ("#", ";", "//", "!")


OF_CERTIFICATES = re.compile(r"(?i)certificate|x\.?509")
"""What a list of digests says of itself where they are those of certificates."""
COUNTS_LISTS = re.compile(r"(?i)^\W*ip\b.*\bnumber of\b.*\blists?\b")
"""A header by which the second word of a line is how many other lists know the address."""
LISTED_ONCE = 0.25
"""Confidence of what one list of many knows; each further one takes a quarter of the doubt."""


def entries(text: str) -> Iterator[Entry]:
    """The entries of a list, in order; what each is worth is judged later."""
    lines = text.splitlines()
    hint = "certificate" if _says(lines, OF_CERTIFICATES) else None
    counted = _says(lines, COUNTS_LISTS)
    header = None if counted else _header(lines)
    if header:
        yield from _table(lines, *header, hint)
        return
    for number, line in enumerate(lines, start=1):
        if words := _plain(line):
            known = words[1] if counted and len(words) > 1 and words[1].isdigit() else None
            sure = 1 - (1 - LISTED_ONCE) ** min(int(known), 50) if known else None
            told = None if sure is None else f"{sure:.4f}"
            yield Entry(number, words[0], confidence=told, kind=hint)


def _says(lines: Sequence[str], what: re.Pattern[str]) -> bool:
    """Whether a comment at the head of a list says so."""
    return any(line.startswith(COMMENT) and what.search(line) for line in lines[:20])


def _cells(line: str, separator: str) -> list[str]:
    try:
        found = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        return []
    return [re.sub(r"[\s\-]+", "_", c.strip().strip('"').lower()) for c in found]


def _header(lines: Sequence[str]) -> tuple[int, list[str], str] | None:
    """Line number, names and separator of a CSV header, also one written as a comment."""
    for number, line in enumerate(lines):
        bare = line.strip()
        if not bare:
            continue
        commented = bare.startswith(COMMENT)
        candidate = bare.lstrip("#;/! ")
        separator = max(",;\t|", key=candidate.count)
        names = _cells(candidate, separator)
        if set(names) & set(VALUE_COLUMNS) and (len(names) > 1 or not commented):
            return number, names, separator
        if not commented:
            return None
    return None


def _table(
    lines: Sequence[str], start: int, names: list[str], separator: str, hint: str | None
) -> Iterator[Entry]:
    values = [i for i, n in enumerate(names) if n in VALUE_COLUMNS]
    facts = {
        fact: next((names.index(n) for n in options if n in names), -1)
        for fact, options in FACT_COLUMNS.items()
    }
    kept = [
        (number, line)
        for number, line in enumerate(lines[start + 1 :], start=start + 2)
        if line.strip() and not line.lstrip().startswith(COMMENT)
    ]
    reader = csv.reader((line for _, line in kept), delimiter=separator, skipinitialspace=True)
    last = 0
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            last = reader.line_num
            continue
        if row is None:
            return
        number, last = kept[last][0], reader.line_num

        def cell(index: int, row: list[str] = row) -> str | None:
            return (row[index].strip() or None) if 0 <= index < len(row) else None

        name = cell(facts["name"]) or cell(facts["description"]) or cell(facts["tags"])
        rest = {fact: cell(facts[fact]) for fact in ("source", "confidence", *_TIMES)}
        tags = _words(cell(facts["tags"]))
        techniques = tuple(re.findall(TECHNIQUE, cell(facts["techniques"]) or ""))
        for index in values:
            if text := cell(index):
                yield Entry(number, text, name, kind=hint, tags=tags, techniques=techniques, **rest)


_TIMES = ("first_seen", "last_seen", "valid_until")
TECHNIQUE = re.compile(r"\bT\d{4}(?:\.\d{3})?\b")


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in re.split(r"[,;|]", text or "") if word.strip())


def _plain(line: str) -> list[str] | None:
    """The words of a plain line before its comment, the indicator first."""
    bare = line.strip()
    if not bare or bare.startswith(COMMENT) or bare.startswith("[Adblock"):
        return None
    words = re.split(r"[\s,;|]+", re.split(r"\s[#;]|\s//", bare)[0].lstrip("|"))
    if len(words) > 1 and words[0] in ("0.0.0.0", "127.0.0.1", "::1", "::"):  # noqa: S104
        return words[1:]
    return words
