"""Spamhaus DROP: networks that nobody should talk with, as JSON lines or text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from lynceus.enrich.indicator import Entry
from lynceus.intel.reading import document, malformed, told
from lynceus.intel.web import Web

NAME = "Spamhaus DROP"
_LINE = re.compile(r"^\s*([0-9a-fA-F:.]+/\d{1,3})\s*(?:;\s*(SBL\w+))?")


class SpamhausDrop:
    """DROP and EDROP, IPv4 and IPv6."""

    title: ClassVar[str] = "Spamhaus DROP, EDROP, DROPv6: JSON lines or text"
    adds: ClassVar[bool] = False

    def entries(self, web: Web) -> Iterator[Entry]:
        """The networks in order."""
        for number, line in enumerate(web.text().splitlines(), start=1):
            if line.lstrip().startswith("{"):
                yield from self._of_json(web, number, line)
            elif line.strip() and not line.lstrip().startswith((";", "#")):
                found = _LINE.match(line)
                record = (found and found[2]) or None
                yield Entry(
                    number, found[1] if found else line[:80], NAME, confidence="0.9",
                    tags=(record,) if record else (),
                )  # fmt: skip

    @staticmethod
    def _of_json(web: Web, number: int, line: str) -> Iterator[Entry]:
        one = document(web, line)
        network = told(one.get("cidr"))
        if network:
            record = told(one.get("sblid"))
            tags = (record,) if record else ()
            yield Entry(number, network, NAME, confidence="0.9", tags=tags)
        elif one.get("type") != "metadata":
            yield malformed(number, one)
