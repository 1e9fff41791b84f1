"""Lists as text: one indicator a line, or a CSV with a header."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from lynceus.enrich.indicator import Entry
from lynceus.enrich.indicator_text import entries
from lynceus.intel.web import Web


class Delimited:
    """A plain list or a CSV, as `lynceus analyze --intel` reads it."""

    title: ClassVar[str] = "plain list (one indicator a line) or CSV with a header"
    adds: ClassVar[bool] = False

    def entries(self, web: Web) -> Iterator[Entry]:
        """The entries in order."""
        headers = {"Authorization": f"Bearer {web.key()}"} if web.subscription.key else {}
        return entries(web.text(headers=web.basic() or headers))
