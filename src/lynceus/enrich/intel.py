"""Indicators known to be bad, as flows are compared with them: addresses, networks, names, pages,
fingerprints of TLS clients, digests of certificates.

What may be an indicator is judged in `quarantine.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl

from lynceus.account import Account
from lynceus.enrich.host_table import HostTable
from lynceus.enrich.indicator import FACTS, INDICATOR_SCHEMA, KINDS, MATCHING_SCHEMA
from lynceus.enrich.indicator_text import entries
from lynceus.enrich.lists import ListError, read_list
from lynceus.enrich.prefixes import (
    AddressEnricher,
    Addresses,
    Ints,
    Parsed,
    PrefixTable,
    distinct,
    facts_at,
    parse,
)
from lynceus.enrich.quarantine import MOST_TOLD, Judged, Refused, judged
from lynceus.enrich.suffixes import SuffixTable, normal
from lynceus.enrich.text_index import TextIndex
from lynceus.protocols import Subject
from lynceus.records import conform


def merged(rows: pl.DataFrame) -> pl.DataFrame:
    """One row an indicator in `MATCHING_SCHEMA`, of judged rows of all sources.

    Where several sources know it, the surest counts, of equals the first; that they call it by
    different names is noted. It was last said when the last of them said it, and is valid as long
    as the last of them has it.
    """
    twice = pl.struct("kind", "key").is_duplicated()
    apart = rows.with_columns(twice=twice)
    alone, several = apart.filter(~pl.col("twice")), apart.filter("twice")
    frame = conform(pl.concat([_alone(alone), _agreed(several)]), MATCHING_SCHEMA)
    return pl.concat([frame.filter(pl.col("kind") == kind) for kind in KINDS])


_RENAMED = {
    "indicator": pl.col("key"),
    "indicator_name": pl.col("name"),
    "indicator_source": pl.col("source"),
    "indicator_confidence": pl.col("confidence"),
}


def _alone(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        "kind",
        **_RENAMED,
        indicator_seen_ns=pl.coalesce("last_seen_ns", "first_seen_ns"),
        indicator_until_ns="valid_until_ns",
        indicator_note=pl.lit(None, pl.String),
        indicator_shared=pl.lit(None, pl.String),
    )


def _agreed(rows: pl.DataFrame) -> pl.DataFrame:
    """What several rows of one indicator say together."""
    told = rows.sort("confidence", descending=True, nulls_last=True, maintain_order=True)
    named = pl.struct("name", "source").filter(pl.col("name").is_not_null())
    grouped = told.group_by("kind", "key", maintain_order=True).agg(
        pl.col("name").drop_nulls().first(),
        pl.col("source").first(),
        pl.col("confidence").first(),
        seen=pl.max_horizontal("last_seen_ns", "first_seen_ns").max(),
        until=pl.when(pl.col("valid_until_ns").is_not_null().all()).then(
            pl.col("valid_until_ns").max()
        ),
        sources=pl.col("source").n_unique(),
        names=pl.col("name").cast(pl.String).str.to_lowercase().drop_nulls().n_unique(),
        said=named.unique(maintain_order=True).head(4),
    )
    others = pl.when(pl.col("sources") > 1).then(pl.format("on {} lists", "sources"))
    said = pl.col("said").list.eval(
        pl.format(
            "{} ({})",
            pl.element().struct.field("name").cast(pl.String),
            pl.element().struct.field("source").cast(pl.String),
        )
    )
    disagree = pl.when((pl.col("names") > 1) & (pl.col("sources") > 1)).then(
        pl.format("lists disagree what it is: {}", said.list.join(", "))
    )
    return grouped.select(
        "kind",
        **_RENAMED,
        indicator_seen_ns="seen",
        indicator_until_ns="until",
        indicator_note=pl.coalesce(disagree, others),
        indicator_shared=pl.lit(None, pl.String),
    )


@dataclass(frozen=True)
class Indicators:
    """Indicators of all sources, by what they match."""

    table: pl.DataFrame
    """In `MATCHING_SCHEMA`, the rows of a kind side by side; a column that nobody filled may be of
    the type Null, which takes no room."""
    refused: tuple[Refused, ...] = ()
    """The first refused entries."""
    account: Account = field(default_factory=Account)
    """Entries read, kept, and dropped by reason."""

    @staticmethod
    def load(paths: Sequence[str | Path]) -> Indicators:
        """Reads lists. Raises ListError on a file that cannot be read or holds no indicator."""
        account = Account()
        refused: list[Refused] = []
        rows = [listed(read_list(path), path, account, refused) for path in paths]
        table = merged(pl.concat([pl.DataFrame(schema=INDICATOR_SCHEMA), *rows]))
        return Indicators(table, tuple(refused), account)

    def of(self, kind: str) -> pl.DataFrame:
        """The indicators of a kind, with the columns of `FACTS`."""
        rows = (self.table["kind"].cast(pl.String) == kind).arg_true()
        first, count = (rows[0], len(rows)) if len(rows) else (0, 0)
        if count and rows[-1] - first + 1 != count:
            return self.table[rows].drop("kind")
        return self.table.slice(first, count).drop("kind")

    @cached_property
    def networks(self) -> _Prefixes:
        """Addresses and networks."""
        return _Prefixes(self.of("address"))

    @cached_property
    def names(self) -> _Suffixes:
        """Names, each with all that lies under it."""
        return _Suffixes(self.of("domain"))

    @cached_property
    def texts(self) -> dict[str, _Texts]:
        """What matches as a whole, by kind."""
        return {kind: _Texts(self.of(kind)) for kind in ("ja3", "ja4", "certificate", "url")}

    @staticmethod
    def lean(table: pl.DataFrame) -> Indicators:
        """Indicators of a table in `MATCHING_SCHEMA`, in as little memory as they need."""
        empty = [c.name for c in table if c.null_count() == len(c) and c.name in FACTS]
        return Indicators(table.with_columns(pl.lit(None).alias(name) for name in empty))

    def made_ready(self) -> Indicators:
        """The same with every index built: what is done before they take the place of others."""
        _ = self.networks, self.names, self.texts
        return self


class _Prefixes:
    def __init__(self, rows: pl.DataFrame) -> None:
        self.rows = rows
        keys = rows["indicator"]
        network = keys.str.contains("/", literal=True)
        self._hosts = HostTable(keys.filter(~network))
        self._networks = PrefixTable(keys.filter(network))
        self._host_rows = (~network).arg_true().to_numpy()
        self._network_rows = network.arg_true().to_numpy()

    def find(self, values: pl.Series | Parsed) -> Ints:
        """Row of the address itself, else of the longest network that holds it, else -1."""
        parsed = values if isinstance(values, Parsed) else parse(values)
        host = self._hosts.find(parsed)
        network = self._networks.find(parsed)
        found = np.full(parsed.length, -1, dtype=np.int64)
        by_network = network >= 0
        found[by_network] = self._network_rows[network[by_network]]
        itself = host >= 0
        found[itself] = self._host_rows[host[itself]]
        return found


class _Suffixes:
    def __init__(self, rows: pl.DataFrame) -> None:
        self.rows = rows
        self._table = SuffixTable(rows["indicator"])

    def find(self, values: pl.Series) -> Ints:
        return self._table.find(values)


class _Texts:
    def __init__(self, rows: pl.DataFrame) -> None:
        self.rows = rows
        self._index = TextIndex(rows["indicator"])

    def find(self, values: pl.Series) -> Ints:
        return self._index.find(values)


class Standing:
    """The indicators that count, and others that were put in their place while flows run.

    One thread offers, another takes: what was offered counts from the next `take` on, whole.
    """

    def __init__(self, indicators: Indicators) -> None:
        """`indicators` count from the begin."""
        self._offered = indicators
        self.taken = indicators

    def offer(self, indicators: Indicators) -> None:
        """Puts indicators in the place of those that count; their indexes are built here."""
        self._offered = indicators.made_ready()

    def take(self) -> bool:
        """Lets what was offered count; says whether that is anything new."""
        offered = self._offered
        new = offered is not self.taken
        self.taken = offered
        return new


def listed(text: str, path: str | Path, account: Account, refused: list[Refused]) -> pl.DataFrame:
    """The good entries of the text of a list as rows; the others counted and the first told."""
    return accepted(judged(entries(text), Path(path).name), path, account, refused)


def accepted(
    found: Judged, path: str | Path, account: Account, refused: list[Refused]
) -> pl.DataFrame:
    """The good entries of a file as rows. Raises `ListError` where there are none."""
    refused += told_of(found, str(path), account)
    if found.good.is_empty():
        first = found.bad.row(0, named=True) if found.bad.height else None
        told = f"line {first['line']}: {first['reason']}" if first else "it is empty"
        raise ListError(
            f"{path}: no usable indicator ({told}); expected addresses, networks, names, URLs, "
            "JA3, JA4 or digests of certificates, one a line or in a CSV with a header"
        )
    return found.good


def told_of(found: Judged, where: str, account: Account) -> list[Refused]:
    """The first entries of a source that were left out; all are counted."""
    account.received += found.entries
    account.kept += found.entries - found.bad.height
    for reason, count in found.bad.group_by("reason").len().sort("reason").iter_rows():
        account.drop(reason, count)
    first = found.bad.select("line", "text", "reason").head(MOST_TOLD)
    return [Refused(where, line, text[:80], reason) for line, text, reason in first.iter_rows()]


class _Matched:
    """What the enrichers have in common that look values up among indicators."""

    columns: ClassVar[dict[str, pl.DataType]] = FACTS

    def __init__(self, indicators: Indicators | Standing) -> None:
        """Takes loaded indicators, or those that stand and may be replaced."""
        self.standing = indicators if isinstance(indicators, Standing) else Standing(indicators)

    def _told(self, value: pl.Series, found: Ints, rows: pl.DataFrame) -> pl.DataFrame:
        told = facts_at(value, found, rows.select(list(FACTS)))
        return told.with_columns(pl.col(name).cast(dtype) for name, dtype in FACTS.items())


class AddressIndicators(_Matched, AddressEnricher):
    """Whether an address is an indicator or lies in an indicator network (longest prefix)."""

    def of(self, addresses: Addresses) -> pl.DataFrame:
        """The indicator that each address meets."""
        known = self.standing.taken.networks
        return self._told(addresses.value, known.find(addresses.parsed), known.rows)


class DomainIndicators(_Matched):
    """Whether a name is an indicator or lies under one, at label borders."""

    subject: ClassVar[Subject] = "domain"

    def __init__(self, indicators: Indicators | Standing) -> None:
        """Takes loaded indicators, or those that stand and may be replaced."""
        super().__init__(indicators)
        self._addresses = AddressIndicators(self.standing)

    def facts(self, values: pl.Series) -> pl.DataFrame:
        """The indicator that each distinct name meets; a Host that is an address counts as one."""
        value = distinct(values)
        known = self.standing.taken.names
        named = self._told(value, known.find(value), known.rows)
        by_address = self._addresses.facts(value)
        met = pl.col("indicator").is_not_null()
        return named.select(
            "value", *(pl.when(met).then(c).otherwise(by_address[c]).alias(c) for c in FACTS)
        )


class _Whole(_Matched):
    """Whether a text is an indicator."""

    subject: ClassVar[Subject]
    kind: ClassVar[str]
    """The kind of indicators that it may be."""

    @property
    def idle(self) -> bool:
        """Whether there is nothing to be met: then nobody has to ask."""
        return self.standing.taken.texts[self.kind].rows.is_empty()

    def facts(self, values: pl.Series) -> pl.DataFrame:
        """The indicator that each distinct text is."""
        value = distinct(values)
        known = self.standing.taken.texts[self.kind]
        return self._told(value, known.find(self.key(value)), known.rows)

    @staticmethod
    def key(values: pl.Series) -> pl.Series:
        """The texts as indicators are written."""
        return normal(values)


class FingerprintIndicators(_Whole):
    """Whether a JA3 is an indicator."""

    subject: ClassVar[Subject] = "ja3"
    kind: ClassVar[str] = "ja3"


class Ja4Indicators(_Whole):
    """Whether a JA4 is an indicator."""

    subject: ClassVar[Subject] = "ja4"
    kind: ClassVar[str] = "ja4"


class CertificateIndicators(_Whole):
    """Whether the SHA-256 of a certificate is an indicator."""

    subject: ClassVar[Subject] = "certificate"
    kind: ClassVar[str] = "certificate"


class CertificateSha1Indicators(_Whole):
    """Whether the SHA-1 of a certificate is an indicator."""

    subject: ClassVar[Subject] = "certificate_sha1"
    kind: ClassVar[str] = "certificate"


class UrlIndicators(_Whole):
    """Whether a page (`host/path`) is an indicator."""

    subject: ClassVar[Subject] = "url"
    kind: ClassVar[str] = "url"

    @staticmethod
    def key(values: pl.Series) -> pl.Series:
        """Pages as they were asked for: the host is in lower case already, a path is as it is."""
        return values
