"""Turns the text of an indicator list into entries: what is meant, and by which line.

Understands plain lists (one indicator a line, comments, counts, hosts files, `*.` and `||`
forms, defanged text) and CSV with a header that names the column.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

VALUE_COLUMNS = (
    "indicator", "ioc", "ioc_value", "value", "observable",
    "ip", "ip_address", "ipaddress", "ipaddr", "address", "dst_ip", "src_ip",
    "net", "network", "cidr", "subnet", "netblock",
    "domain", "host", "hostname", "fqdn", "url",
    "ja3", "ja3_md5", "ja3_hash", "ja4",
)  # fmt: skip
"""Header names whose cells hold indicators, whichever kind they are."""

FACT_COLUMNS = {
    "name": ("name", "malware", "malware_printable", "family", "threat", "threat_name"),
    "description": ("description", "comment", "reason", "listingreason", "info"),
    "source": ("source", "reporter", "feed", "provider"),
    "confidence": ("confidence", "confidence_level", "score"),
    "tags": ("tags", "tag", "labels", "category"),
}
"""Header names of what is known about an indicator."""

COMMENT = ("#", ";", "//", "!")


class Entry(NamedTuple):
    """One indicator as a list wrote it."""

    line: int
    text: str
    name: str | None
    source: str | None
    confidence: str | None


def entries(text: str) -> Iterator[Entry]:
    """The entries of a list, in order; what each is worth is judged later."""
    lines = text.splitlines()
    header = _header(lines)
    if header:
        yield from _table(lines, *header)
        return
    for number, line in enumerate(lines, start=1):
        if plain := _plain(line):
            yield Entry(number, plain, None, None, None)


def _cells(line: str, separator: str) -> list[str]:
    found = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
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


def _table(lines: Sequence[str], start: int, names: list[str], separator: str) -> Iterator[Entry]:
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
        for index in values:
            if text := cell(index):
                yield Entry(number, text, name, cell(facts["source"]), cell(facts["confidence"]))


def _plain(line: str) -> str | None:
    """The indicator of a plain line: before the comment, the first word of it."""
    bare = line.strip()
    if not bare or bare.startswith(COMMENT) or bare.startswith("[Adblock"):
        return None
    words = re.split(r"[\s,;|]+", re.split(r"\s[#;]|\s//", bare)[0].lstrip("|"))
    if len(words) > 1 and words[0] in ("0.0.0.0", "127.0.0.1", "::1", "::"):  # noqa: S104
        return words[1]
    return words[0]
