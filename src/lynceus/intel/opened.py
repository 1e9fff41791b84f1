"""Indicators from what a person names: lists, STIX bundles, MISP events, and the store of feeds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from lynceus.account import Account
from lynceus.enrich.indicator import INDICATOR_SCHEMA
from lynceus.enrich.intel import Indicators, accepted, listed, merged
from lynceus.enrich.lists import ListError, read_list
from lynceus.enrich.quarantine import Refused, judged
from lynceus.intel.store import IntelStore, IntelStoreError


def indicators(paths: Sequence[str | Path]) -> Indicators:
    """The indicators of files and of stores. Raises `ListError` on one that cannot be used."""
    stores = [Path(path) for path in paths if Path(path).is_dir()]
    try:
        if stores and len(paths) == 1:
            return IntelStore(stores[0]).indicators()
        account = Account()
        refused: list[Refused] = []
        rows = [_file(path, account, refused) for path in paths if Path(path) not in stores]
        rows += [IntelStore(path).rows().drop("added_ns") for path in stores]
    except IntelStoreError as error:
        raise ListError(str(error)) from None
    table = merged(pl.concat([pl.DataFrame(schema=INDICATOR_SCHEMA), *rows]))
    return Indicators(table, tuple(refused), account)


def _file(path: str | Path, account: Account, refused: list[Refused]) -> pl.DataFrame:
    """The rows of one file: JSON is a STIX bundle or a MISP event, anything else a list."""
    text = read_list(path)
    if not text.lstrip().startswith("{"):
        return listed(text, path, account, refused)
    # What fetches and reads feeds is loaded for those who have any.
    from lynceus.intel.feeds.misp_event import MispEvent
    from lynceus.intel.feeds.stix_bundle import StixBundle
    from lynceus.intel.subscription import Subscription
    from lynceus.intel.web import FeedError, Web

    feed = StixBundle() if '"bundle"' in text[:4_096] else MispEvent()
    ask = Subscription.model_construct(name=str(path), format="", url=str(path), key=None)
    try:
        with Web(ask) as web:
            found = judged(feed.entries(web), Path(path).name)
    except FeedError as error:
        raise ListError(str(error).removeprefix("feed ")) from None
    return accepted(found, path, account, refused)
