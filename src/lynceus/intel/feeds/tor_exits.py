"""Exits of the Tor network: the bulk list, the list of exit addresses, or a CSV of nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from lynceus.enrich.indicator import Entry
from lynceus.enrich.indicator_text import entries
from lynceus.intel.web import Web

NAME = "Tor exit"
CONFIDENCE = "0.3"
"""Tor hides who is behind an address; it does not say that he is up to no good."""
_EXIT = re.compile(r"^ExitAddress (\S+) (\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})")


class TorExits:
    """Tor exits."""

    title: ClassVar[str] = "Tor exits: torbulkexitlist, exit-addresses, or CSV of nodes"
    adds: ClassVar[bool] = False

    def entries(self, web: Web) -> Iterator[Entry]:
        """The addresses in order."""
        text = web.text()
        if "ExitAddress " not in text:
            for entry in entries(text):
                yield entry._replace(name=NAME, confidence=CONFIDENCE, tags=("tor-exit",))
            return
        for number, line in enumerate(text.splitlines(), start=1):
            if found := _EXIT.match(line):
                yield Entry(
                    number, found[1], NAME, confidence=CONFIDENCE, tags=("tor-exit",),
                    last_seen=found[2],
                )  # fmt: skip
