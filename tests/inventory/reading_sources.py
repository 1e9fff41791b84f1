"""Reads sources as the store does: what of one can be used, and what was left out."""

from __future__ import annotations

from pathlib import Path

from lynceus.intel.subscription import Subscription
from lynceus.intel.web import Web
from lynceus.inventory.judged import Judged, judged
from lynceus.inventory.sources import kinds


def said(kind: str, url: str | Path, **ask: object) -> Judged:
    """What a source says; pauses take no time."""
    given = {"name": "site", "format": kind, "url": str(url), **ask}
    with Web(Subscription.model_validate(given), pause=lambda _: None) as web:
        return judged(kinds()[kind]().entries(web))


def reasons(found: Judged) -> dict[int, str]:
    """Line and reason of what was left out."""
    return dict(found.refused.select("line", "reason").iter_rows())
