"""Reads feeds as the store does: entries of one subscription, and what becomes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from lynceus.enrich.indicator import Entry
from lynceus.enrich.quarantine import judged
from lynceus.intel.feeds import formats
from lynceus.intel.subscription import Subscription
from lynceus.intel.web import Web


def entries(form: str, url: str | Path, *, since_ns: int | None = None, **ask: Any) -> list[Entry]:
    """What a feed says; pauses take no time."""
    one = Subscription(name="feed", format=form, url=str(url), **ask)
    with Web(one, since_ns=since_ns, pause=lambda _: None) as web:
        return list(formats()[form]().entries(web))


def kinds(found: list[Entry]) -> list[tuple[str, str]]:
    """Kind and key of the entries that are good."""
    return judged(found, "feed").good.select(pl.col("kind").cast(pl.String), "key").rows()


def reasons(found: list[Entry]) -> dict[int, str]:
    """Number and reason of those that are not."""
    return dict(judged(found, "feed").bad.select("line", "reason").iter_rows())
