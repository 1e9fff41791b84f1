"""Why an indicator may be met by the innocent: lists of what is no sign of anything, in the form of
MISP's warninglists, and what most hosts of the own site have long been meeting.

Well-known clouds, content networks, resolvers, sinkholes and popular names need no list: the facts
of `enrich` know them, and `known_bad` counts them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from lynceus.enrich.indicator import MATCHING_SCHEMA
from lynceus.enrich.intel import Indicators
from lynceus.enrich.lists import ListError, read_list
from lynceus.enrich.prefixes import Ints, PrefixTable, distinct, facts_at
from lynceus.enrich.suffixes import SuffixTable
from lynceus.store.lake import Lake, read

SHARE = 0.2
"""Met by this share of the hosts of the site, ..."""
HOSTS = 10
"""... by so many of them, ..."""
DAYS = 7
"""... and on so many days, a place is one of the site's own."""
_TYPES = ("cidr", "hostname", "string")


@dataclass(frozen=True)
class WarningList:
    """One list: its name, how it matches, and what."""

    name: str
    of: str
    """`cidr`, `hostname` (with all that lies under it) or `string` (the whole text)."""
    values: pl.Series

    @staticmethod
    def load(paths: Sequence[Path]) -> list[WarningList]:
        """The lists of files and folders, in order of their names; those of pieces of text are
        passed over. Raises `ListError` naming a file that is no such list.
        """
        files = [f for path in paths for f in (sorted(path.iterdir()) if path.is_dir() else [path])]
        read_ones = [WarningList._read(file) for file in files if ".json" in file.name]
        return [one for one in read_ones if one.of in _TYPES]

    @staticmethod
    def _read(path: Path) -> WarningList:
        try:
            given = json.loads(read_list(path))
            values = pl.Series("value", [v for v in given["list"] if isinstance(v, str)], pl.String)
            return WarningList(str(given["name"]), str(given["type"]), values)
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, ListError):
                raise
            raise ListError(
                f"{path}: expected a warninglist, an object with name, type and list"
            ) from None

    def holds(self, table: pl.DataFrame) -> Ints:
        """The rows of a table in `MATCHING_SCHEMA` that the list holds."""
        kind = table["kind"].cast(pl.String)
        if self.of == "cidr":
            rows = (kind == "address").arg_true().to_numpy()
            network = table["indicator"].gather(rows).str.splitn("/", 2).struct.field("field_0")
            found = PrefixTable(self.values).find(network)
        else:
            rows = (kind == "domain").arg_true().to_numpy()
            exact = [self.of == "string"] * len(self.values)
            names = self.values.str.strip_prefix(".")
            found = SuffixTable(names, exact).find(table["indicator"].gather(rows))
        held: Ints = rows[found >= 0].astype(np.int64)
        return held


def by_lists(table: pl.DataFrame, lists: Sequence[WarningList]) -> pl.DataFrame:
    """`kind`, `indicator` and `indicator_shared` of what lists hold; the first list tells."""
    parts = [
        table.select("kind", "indicator")[one.holds(table)].with_columns(
            indicator_shared=pl.lit(one.name)
        )
        for one in lists
        if len(one.values)
    ]
    nothing = pl.DataFrame(schema=_SHARED)
    found = pl.concat([nothing, *parts])
    return found.unique(["kind", "indicator"], keep="first", maintain_order=True)


_SHARED = pl.Schema({n: MATCHING_SCHEMA[n] for n in ("kind", "indicator", "indicator_shared")})


def by_prevalence(indicators: Indicators, lake: Lake, first_ns: int | None = None) -> pl.DataFrame:
    """The same of what most hosts of the site have been meeting, as the lake knows.

    Counted are hosts that began a conversation with an address, or asked the DNS for a name, from
    `first_ns` on: at least `HOSTS` of them, `SHARE` of all that began any, on `DAYS` days.
    """
    met = pl.concat(
        [_met(indicators, *part) for part in _meetings(lake, first_ns)] or [_NO_MEETING]
    )
    hosts = met["orig_h"].n_unique()
    counted = (
        met.filter(pl.col("indicator").is_not_null())
        .group_by("kind", "indicator")
        .agg(hosts=pl.col("orig_h").n_unique(), days=pl.col("day").n_unique())
        .filter(
            (pl.col("hosts") >= HOSTS)
            & (pl.col("hosts") >= SHARE * hosts)
            & (pl.col("days") >= DAYS)
        )
        .sort("kind", "indicator")
    )
    return counted.select(
        pl.col("kind").cast(_SHARED["kind"]),
        "indicator",
        indicator_shared=pl.format("{} of {} hosts here meet it", "hosts", pl.lit(hosts)),
    )


_NO_MEETING = pl.DataFrame(
    schema={"orig_h": pl.String, "day": pl.String, "kind": pl.String, "indicator": pl.String}
)


def _meetings(lake: Lake, first_ns: int | None) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """Who met what on each day: kind, day, and `orig_h` with `value`, each pair once."""
    for kind, table, column in (("address", "pair_hour", "resp_h"), ("domain", "dns", "query")):
        for hour in lake.hours(table):
            start = hour.start_ns
            if start is None or (first_ns is not None and start < first_ns):
                continue
            rows = read(table, lake.files(table, hour))
            pairs = rows.select("orig_h", value=pl.col(column)).drop_nulls().unique()
            yield kind, hour.day, pairs.collect()


def _met(indicators: Indicators, kind: str, day: str, pairs: pl.DataFrame) -> pl.DataFrame:
    known = indicators.networks if kind == "address" else indicators.names
    value = distinct(pairs["value"])
    met = facts_at(value, known.find(value), known.rows.select("indicator"))
    joined = pairs.join(met, on="value", how="left")
    return joined.select("orig_h", day=pl.lit(day), kind=pl.lit(kind), indicator="indicator")
