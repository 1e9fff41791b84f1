"""Indicator lists of the user: addresses, networks, names, JA3 and JA4 known to be bad.

Entries that would accuse the innocent are refused, with line and reason: networks shorter than
/8 (IPv6 /16), addresses that are not public, public suffixes such as `com` or `github.io`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import numpy as np
import polars as pl

from lynceus.enrich.address import CLASSES
from lynceus.enrich.domains import DomainFacts
from lynceus.enrich.indicator_text import Entry, entries
from lynceus.enrich.lists import ListError, read_list
from lynceus.enrich.prefixes import (
    AddressEnricher,
    Addresses,
    PrefixTable,
    distinct,
    facts_at,
    parse_networks,
)
from lynceus.enrich.suffixes import SuffixTable, normal
from lynceus.records import Account

JA3 = r"^[0-9a-f]{32}$"
JA4 = r"^[tqd](?:1[0-3]|s[123]|d[123]|00)[di][0-9a-z]{4}[0-9a-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$"
NAME = r"^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$"
ONE_LABEL = r"^[a-z][a-z0-9-]*$"
FILE_HASH = r"^(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$"
SHORTEST = {4: 8, 6: 16}
"""Shortest prefix length an indicator network may have."""
MOST_TOLD = 20
"""So many refused entries are told with their line; all are counted."""
WORDS = {"low": 0.3, "medium": 0.6, "moderate": 0.6, "high": 0.9, "certain": 1.0}
FACTS: dict[str, pl.DataType] = {
    "indicator": pl.String(),
    "indicator_name": pl.String(),
    "indicator_source": pl.String(),
    "indicator_confidence": pl.Float64(),
}


class Refused(NamedTuple):
    """An entry that was not taken, and why."""

    file: str
    line: int
    text: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file} line {self.line}: {self.text!r} is not used: {self.reason}"


@dataclass(frozen=True)
class Indicators:
    """Indicators of all lists, by what they match."""

    networks: pl.DataFrame
    """Column `key` (network as text) and the columns of `FACTS`."""
    domains: pl.DataFrame
    fingerprints: pl.DataFrame
    refused: tuple[Refused, ...] = ()
    """The first refused entries."""
    account: Account = field(default_factory=Account)
    """Entries read, kept, and dropped by reason."""

    @staticmethod
    def load(paths: Sequence[str | Path]) -> Indicators:
        """Reads lists. Raises ListError on a file that cannot be read or holds no indicator."""
        account = Account()
        refused: list[Refused] = []
        judged = [_judged(path, account, refused) for path in paths]
        rows = pl.concat([_EMPTY, *judged]).sort(
            "kind", "key", "indicator_confidence", descending=[False, False, True], nulls_last=True
        )
        rows = rows.unique(("kind", "key"), keep="first", maintain_order=True)
        parts = rows.partition_by("kind", as_dict=True, include_key=False)
        none = rows.clear().drop("kind")
        return Indicators(
            parts.get(("address",), none),
            parts.get(("domain",), none),
            parts.get(("fingerprint",), none),
            tuple(refused),
            account,
        )


_EMPTY = pl.DataFrame(schema={"kind": pl.String(), "key": pl.String(), **FACTS})


def _judged(path: str | Path, account: Account, refused: list[Refused]) -> pl.DataFrame:
    """The good entries of one list as rows; the others counted and the first of them told."""
    found = list(entries(read_list(path)))
    name = Path(path).name
    frame = _kinds(_frame(found, name))
    good = frame.filter(pl.col("reason").is_null())
    bad = frame.filter(pl.col("reason").is_not_null())
    account.received += frame.height
    account.kept += good.height
    for reason, count in bad.group_by("reason").len().sort("reason").iter_rows():
        account.drop(reason, count)
    for line, text, reason in bad.select("line", "text", "reason").head(MOST_TOLD).iter_rows():
        refused.append(Refused(str(path), line, text[:80], reason))
    if good.is_empty():
        first = bad.row(0, named=True) if bad.height else None
        told = f"line {first['line']}: {first['reason']}" if first else "it is empty"
        raise ListError(
            f"{path}: no usable indicator ({told}); expected addresses, networks, names, "
            "JA3 or JA4, one a line or in a CSV with a header"
        )
    return good.select(_EMPTY.columns)


def _frame(found: list[Entry], name: str) -> pl.DataFrame:
    frame = pl.DataFrame(
        found,
        schema={
            "line": pl.Int64,
            "text": pl.String,
            "indicator_name": pl.String,
            "indicator_source": pl.String,
            "confidence": pl.String,
        },
        orient="row",
    )
    told = pl.col("confidence").str.to_lowercase().str.strip_chars("% ")
    number = told.cast(pl.Float64, strict=False)
    number = pl.when(number.is_finite() & (number >= 0) & (number <= 100)).then(number)
    scale = pl.when((number > 1).any()).then(100.0).otherwise(1.0)
    word = told.replace_strict(WORDS, default=None, return_dtype=pl.Float64)
    return frame.with_columns(
        pl.col("indicator_source").fill_null(name),
        pl.coalesce(number / scale, word).alias("indicator_confidence"),
        _bare(pl.col("text")).alias("key"),
        pl.col("text").str.contains(r"[a-z][^/]*/+[^/]+/+[^/]").alias("has_path"),
    ).with_columns(pl.col("key").alias("indicator"))


def _bare(text: pl.Expr) -> pl.Expr:
    """The indicator itself: refanged, lower case, of a URL the host, of host:port the host."""
    return (
        text.str.strip_chars(" \t\"'<>()")
        .str.to_lowercase()
        .str.replace_all(r"\[(?:\.|dot)\]|\(dot\)|\{\.\}", ".")
        .str.replace_all("[:]", ":", literal=True)
        .str.replace(r"^(?:h(?:tt|xx)ps?|ftp|tcp|udp)://(?:[^/@]*@)?", "")
        .str.replace(r"^\[([0-9a-f:.]+)\](?::\d+)?(?:/.*)?$", "$1")
        .str.replace(r"^([^/:]+):\d{1,5}(?:/.*)?$", "$1")
        .str.replace(r"^([^/:]*[a-z][^/:]*)/.*$", "$1")
        .str.replace(r"^(\d+\.\d+\.\d+\.\d+)/(?:$|\D.*$|\d+[^\d].*$)", "$1")
        .str.replace(r"^(?:\|\||\*\.|\.)+", "")
        .str.strip_chars_end(".^")
    )


@lru_cache(maxsize=1)
def _domain_facts() -> DomainFacts:
    return DomainFacts()


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds `kind` and `reason`: why an entry is refused, null where it is good."""
    key = frame["key"]
    fingerprint = pl.col("key").str.contains(JA3) | pl.col("key").str.contains(JA4)
    is_network = pl.col("network_reason").is_not_null()
    known = _domain_facts().facts(key)
    no_name = ~pl.col("key").str.contains(NAME) | (pl.col("key").str.len_bytes() > 253)
    table = frame.with_columns(_network_reasons(key).alias("network_reason")).join(
        known.select("value", "registered", "popular"),
        left_on="key",
        right_on="value",
        how="left",
        maintain_order="left",
    )
    return table.with_columns(
        kind=pl.when(is_network)
        .then(pl.lit("address"))
        .when(fingerprint)
        .then(pl.lit("fingerprint"))
        .otherwise(pl.lit("domain")),
        reason=pl.when(is_network)
        .then("network_reason")
        .when(fingerprint)
        .then(pl.lit(""))
        .when(pl.col("key").str.contains(FILE_HASH))
        .then(pl.lit("file or certificate hash"))
        .when(pl.col("key").str.contains("@", literal=True))
        .then(pl.lit("e-mail address"))
        .when(pl.col("key").str.contains(ONE_LABEL))
        .then(pl.lit("top-level or single-label name"))
        .when(no_name)
        .then(pl.lit("not an address, network, name, JA3 or JA4"))
        .when(pl.col("registered").is_null())
        .then(pl.lit("public suffix: strangers get names under it"))
        .when(pl.col("popular") & pl.col("has_path"))
        .then(pl.lit("address of a page on a popular site: its name alone accuses the site"))
        .otherwise(pl.lit("")),
    ).with_columns(pl.col("reason").replace("", None))


_REFUSED_CLASSES = ("private", "shared", "loopback", "link_local", "multicast", "broadcast",
                    "unspecified", "reserved")  # fmt: skip


def _network_reasons(keys: pl.Series) -> pl.Series:
    """Per key: null where it is no network, empty where it is a good one, else the reason."""
    special = parse_networks(
        pl.Series([n for n, c in CLASSES if c in _REFUSED_CLASSES and n not in ("::/0",)])
    )
    reasons = np.full(len(keys), None, dtype=object)
    for version, mine, them in zip((4, 6), parse_networks(keys), special, strict=True):
        begun = np.searchsorted(np.sort(them.first), mine.past, side="left")
        ended = np.searchsorted(np.sort(them.past), mine.first, side="right")
        short = f"network shorter than /{SHORTEST[version]}"
        touching = np.where(begun > ended, "not a public address", "")
        reasons[mine.rows] = np.where(mine.bits < SHORTEST[version], short, touching)
    return pl.Series(reasons.tolist(), dtype=pl.String)


class _Matched:
    columns: ClassVar[dict[str, pl.DataType]] = FACTS

    def __init__(self, table: pl.DataFrame) -> None:
        self._facts = table.select(list(FACTS))


class AddressIndicators(_Matched, AddressEnricher):
    """Whether an address is an indicator or lies in an indicator network (longest prefix)."""

    def __init__(self, indicators: Indicators) -> None:
        """Takes the loaded lists."""
        super().__init__(indicators.networks)
        self._table = PrefixTable(indicators.networks["key"])

    def of(self, addresses: Addresses) -> pl.DataFrame:
        """The indicator that each address meets."""
        return facts_at(addresses.value, self._table.find(addresses.parsed), self._facts)


class DomainIndicators(_Matched):
    """Whether a name is an indicator or lies under one, at label borders."""

    subject: ClassVar[Literal["address", "domain", "ja3"]] = "domain"

    def __init__(self, indicators: Indicators) -> None:
        """Takes the loaded lists."""
        super().__init__(indicators.domains)
        self._table = SuffixTable(indicators.domains["key"])
        self._addresses = AddressIndicators(indicators)

    def facts(self, values: pl.Series) -> pl.DataFrame:
        """The indicator that each distinct name meets; a Host that is an address counts as one."""
        value = distinct(values)
        named = facts_at(value, self._table.find(value), self._facts)
        by_address = self._addresses.facts(value)
        return named.select("value", *(pl.col(c).fill_null(by_address[c]) for c in FACTS))


class FingerprintIndicators(_Matched):
    """Whether a JA3 or JA4 is an indicator."""

    subject: ClassVar[Literal["address", "domain", "ja3"]] = "ja3"

    def __init__(self, indicators: Indicators) -> None:
        """Takes the loaded lists."""
        super().__init__(indicators.fingerprints)
        self._known = indicators.fingerprints

    def facts(self, values: pl.Series) -> pl.DataFrame:
        """The indicator that each distinct fingerprint is."""
        value = distinct(values)
        frame = pl.DataFrame({"value": value, "key": normal(value)})
        return frame.join(self._known, on="key", how="left", maintain_order="left").drop("key")
