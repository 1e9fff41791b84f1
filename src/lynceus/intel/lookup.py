"""What the store knows of one value, source by source, and of itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from lynceus.decay import DAY_NS, LIFETIME_DAYS, kept
from lynceus.enrich.indicator import KINDS, Entry
from lynceus.enrich.prefixes import PrefixTable
from lynceus.enrich.quarantine import UNTOLD, judged
from lynceus.enrich.suffixes import steps
from lynceus.intel.feeds import formats
from lynceus.intel.store import IntelStore, IntelStoreError
from lynceus.intel.web import Web
from lynceus.moments import rfc3339


def look_up(store: IntelStore, value: str, now_ns: int) -> list[dict[str, Any]]:
    """What every source says of a value, the surest now first: each says it by itself.

    Found are the value, the networks that hold it, the names that it lies under, and pages on it.
    """
    rows = store.rows()
    asked = judged([Entry(1, value)], "asked").good.select(pl.col("kind").cast(pl.String), "key")
    held = np.zeros(rows.height, dtype=bool)
    for kind, key in asked.iter_rows():
        held |= _holds(rows, kind, key)
    found = rows.filter(pl.Series(held, dtype=pl.Boolean)).with_columns(_now(now_ns))
    return [
        _row(row)
        for row in found.sort("now", "source", descending=[True, False], nulls_last=True).to_dicts()
    ]


def _holds(rows: pl.DataFrame, kind: str, key: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    mine = rows["kind"].cast(pl.String) == kind
    if kind == "address":
        at = mine.arg_true()
        networks = rows["key"].gather(at)
        address = pl.Series([key.partition("/")[0]])
        near = [n for n, text in enumerate(networks.to_list()) if _maybe(text, key)]
        hits = [n for n in near if PrefixTable(networks.gather([n])).find(address)[0] == 0]
        found = np.zeros(rows.height, dtype=bool)
        found[at.gather(hits).to_numpy()] = True
        return found
    if kind == "domain":
        above = steps(pl.Series([key]), 127)["name"]
        return (mine & rows["key"].is_in(above.implode())).to_numpy()
    return (mine & (rows["key"] == key)).to_numpy()


def _maybe(network: str, address: str) -> bool:
    """Whether a network may hold an address: what can be ruled out by its text is not parsed."""
    v6 = ":" in address
    if v6 != (":" in network):
        return False
    bare, _, bits = network.partition("/")
    whole = not bits or int(bits) >= (16 if v6 else 8)
    if v6:
        return True
    return not whole or bare.partition(".")[0] == address.partition(".")[0]


def _now(now_ns: int) -> pl.Expr:
    """The confidence that is left today, by the rule of `lynceus.decay`."""
    told = pl.col("confidence").fill_null(UNTOLD)
    left: pl.Expr = pl.lit(None, pl.Float64)
    for kind in KINDS:
        share = kept(
            pl.lit(now_ns, pl.Int64), pl.col("last_seen_ns"), pl.col("valid_until_ns"),
            LIFETIME_DAYS[kind],
        )  # fmt: skip
        left = pl.when(pl.col("kind").cast(pl.String) == kind).then(told * share).otherwise(left)
    return left.round(2).alias("now")


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "indicator": row["key"],
        "source": row["source"],
        "known as": row["name"],
        "confidence": row["confidence"],
        "confidence now": row["now"],
        "first seen": rfc3339(row["first_seen_ns"]),
        "last seen": rfc3339(row["last_seen_ns"]),
        "valid until": rfc3339(row["valid_until_ns"]),
        "tags": row["tags"],
        "ATT&CK": row["techniques"],
    }


def asked(store: IntelStore, name: str, value: str) -> str:
    """What the service of a feed says of a value. Raises `IntelStoreError`, `FeedError`."""
    one = store.subscriptions().get(name)
    feed = formats().get(one.format) if one else None
    look = getattr(feed, "look_up", None)
    if one is None or look is None:
        raise IntelStoreError(f"--ask {name}: is no feed whose service answers look-ups")
    found = judged([Entry(1, value)], "asked").good
    if found.is_empty():
        raise IntelStoreError(f"{value}: is no address, name or page")
    kind, key = found.select(pl.col("kind").cast(pl.String), "key").row(0)
    with Web(one) as web:
        return str(look(web, kind, key))


def statistics(store: IntelStore, now_ns: int) -> pl.DataFrame:
    """A row a feed: indicators by kind, those that no other feed has, and their age in days."""
    rows = store.rows().with_columns(
        pl.col("kind").cast(pl.String),
        pl.col("source").cast(pl.String),
        alone=~pl.struct("kind", "key").is_duplicated(),
        age=(now_ns - pl.col("last_seen_ns")) / DAY_NS,
    )
    return (
        rows.group_by("source")
        .agg(
            pl.len().alias("indicators"),
            *((pl.col("kind") == kind).sum().alias(kind) for kind in KINDS),
            pl.col("alone").sum().alias("only here"),
            pl.col("age").median().round(1).alias("median age in days"),
        )
        .sort("source")
    )
