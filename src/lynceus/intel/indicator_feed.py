"""The door of feeds: what one must offer to be subscribed to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Protocol

from lynceus.enrich.indicator import Entry
from lynceus.intel.web import Web


class IndicatorFeed(Protocol):
    """A place that tells of indicators. Made without arguments, holds nothing between readings."""

    title: ClassVar[str]
    """Whose feed it is and which of its forms are understood."""
    adds: ClassVar[bool]
    """Whether a reading tells only what is new since `Web.since`; else it tells all there is, and
    what it leaves out is no longer listed."""

    def entries(self, web: Web) -> Iterator[Entry]:
        """The entries, as they are written; `lynceus.enrich.quarantine` judges them.

        Raises `FeedError` where the feed cannot be read, `Unchanged` where it is as it was.
        """
        ...
