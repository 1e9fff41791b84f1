"""The door of the site's own sources: what one must offer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Protocol

from lynceus.intel.web import Web
from lynceus.inventory.entry import Entry


class InventorySource(Protocol):
    """A place that knows of machines, weaknesses or people. Made without arguments.

    A reading tells all there is: what it leaves out is no longer there.
    """

    title: ClassVar[str]
    """What it is and how it is named."""

    def entries(self, web: Web) -> Iterator[Entry]:
        """The entries, as they are written; `lynceus.inventory.judged` judges them.

        Raises `lynceus.intel.web.FeedError` where it cannot be read, `Unchanged` where it is as it
        was.
        """
        ...
