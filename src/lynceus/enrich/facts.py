"""Joins what the enrichers know to the ends, names and fingerprints of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from lynceus.compacted import bytes_of, compacted
from lynceus.enrich.assets import FACTS as ASSET
from lynceus.enrich.geography import FACTS as GEOGRAPHY
from lynceus.enrich.indicator import FACTS as INDICATOR
from lynceus.enrich.prefixes import AddressEnricher, Addresses, numbered
from lynceus.protocols import Enricher
from lynceus.records import conform

_PAGE = pl.concat_str(
    pl.col("host").str.to_lowercase().str.replace(r":\d{1,5}$", ""), pl.col("uri")
)
"""The address of a page as an HTTP request tells it."""

SUBJECTS: dict[str, dict[str, pl.Expr]] = {
    "domain": {
        "dns": pl.col("query"),
        "tls": pl.col("server_name"),
        "quic": pl.col("server_name"),
        "http": pl.col("host"),
    },
    "ja3": {"tls": pl.col("ja3"), "quic": pl.col("ja3")},
    "ja4": {"tls": pl.col("ja4"), "quic": pl.col("ja4")},
    "certificate": {"tls": pl.col("cert_sha256")},
    "certificate_sha1": {"tls": pl.col("cert_sha1")},
    "url": {"http": _PAGE},
}
"""By subject and table what facts are asked about, beside the addresses of every table."""

FACTS: dict[str, dict[str, pl.DataType]] = {
    "address": {
        "class": pl.String(),
        "inside": pl.Boolean(),
        "network": pl.String(),
        "network_kind": pl.String(),
        **ASSET,
        **GEOGRAPHY,
        **INDICATOR,
    },
    "domain": {
        "registered": pl.String(),
        "popular": pl.Boolean(),
        "known_service": pl.String(),
        "known_service_kind": pl.String(),
        "generated": pl.Float64(),
        **INDICATOR,
    },
    "ja3": INDICATOR,
    "ja4": INDICATOR,
    "certificate": INDICATOR,
    "certificate_sha1": INDICATOR,
    "url": INDICATOR,
}
"""The facts a detector may count on by subject: null where no enricher knows them."""


MOST_REMEMBERED = 500_000
"""So many values of one subject are remembered; what would make more takes their place."""


def facts_of(values: pl.Series, subject: str, enrichers: Sequence[Enricher]) -> pl.DataFrame:
    """All facts of one subject: one row a distinct value, column `value` and the facts."""
    return Facts(enrichers).of(subject, values).sort("value")


def with_facts(table: str, rows: pl.DataFrame, enrichers: Sequence[Enricher]) -> pl.DataFrame:
    """The rows of a table with the facts about them, as `Facts.join` gives them."""
    return Facts(enrichers).join(table, rows)


class Facts:
    """What the enrichers know of the values in a stream, each value looked up once.

    What was looked up is remembered for the next table and the next batch. The facts of a value do
    not depend on the others, so nothing that is found depends on what is remembered.
    """

    def __init__(self, enrichers: Sequence[Enricher]) -> None:
        self._enrichers = tuple(enrichers)
        held = [e.standing for e in self._enrichers if hasattr(e, "standing")]
        self._standing = tuple({id(standing): standing for standing in held}.values())
        """What enrichers look up in and others may replace."""
        self.columns = frozenset(f"{e.subject}_{n}" for e in self._enrichers for n in e.columns)
        """What the enrichers may tell, by subject: it decides which columns rows get."""
        self._known: dict[str, pl.DataFrame] = {}
        """By subject what was looked up."""

    @property
    def bytes(self) -> int:
        """What is remembered takes so much in memory."""
        return sum(bytes_of(known) for known in self._known.values())

    def of(self, subject: str, values: pl.Series) -> pl.DataFrame:
        """One row a distinct value as they first appear: column `value` and the facts."""
        places, known = self._placed(subject, numbered(values)[0])
        return known.select(pl.all().gather(places))

    def learn(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """Looks up the names and fingerprints of several tables at once, for `join` to find them.

        To look up one name is about as dear as to look up a thousand.
        """
        self._settle()
        for subject, columns in SUBJECTS.items():
            told = [
                rows.select(columns[table].cast(pl.String).alias("value"))["value"]
                for table, rows in tables.items()
                if table in columns and {*columns[table].meta.root_names()} <= {*rows.columns}
            ]
            if len(told) > 1 and self._asked(subject):
                self._placed(subject, numbered(pl.concat(told))[0])

    def join(self, table: str, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows of a table (`flows` or an event table) with the facts about them.

        Adds `orig_<fact>` and `resp_<fact>` for addresses, `domain_<fact>` for names, `ja3_<fact>`
        and so on for the other `SUBJECTS`: at least those of `FACTS`. The rows keep their number
        and order.
        """
        if rows.is_empty():
            return self._without_rows(table, rows)
        self._settle()
        ends, number = numbered(pl.concat([rows["orig_h"], rows["resp_h"].rename("orig_h")]))
        places, known = self._placed("address", ends)
        place = places.gather(number)
        added = [
            *_at(place.slice(0, rows.height), known, "orig"),
            *_at(place.slice(rows.height), known, "resp"),
        ]
        for subject, columns in SUBJECTS.items():
            if (told := columns.get(table)) is None:
                continue
            if not self._asked(subject):
                added += _nothing(FACTS[subject], subject)
                continue
            values, number = numbered(rows.select(told.alias("value"))["value"])
            places, known = self._placed(subject, values)
            added += _at(places.gather(number), known, subject)
        return rows.with_columns(added)

    def _without_rows(self, table: str, rows: pl.DataFrame) -> pl.DataFrame:
        """No rows with the columns that `join` adds: nobody is asked, and no list is read, to say
        nothing."""
        subjects = {subject: subject for subject in SUBJECTS if table in SUBJECTS[subject]}
        added: list[pl.Expr] = []
        for prefix, subject in {"orig": "address", "resp": "address", **subjects}.items():
            told = {n: t for one in self._asked(subject) for n, t in one.columns.items()}
            added += _nothing({**told, **FACTS[subject], **told}, prefix)
        return rows.with_columns(added)

    def _asked(self, subject: str) -> list[Enricher]:
        """The enrichers of a subject that may have something to say."""
        own = (e for e in self._enrichers if e.subject == subject)
        return [enricher for enricher in own if not getattr(enricher, "idle", False)]

    def _settle(self) -> None:
        """Lets indicators count that were put in the place of others; what was remembered goes."""
        new = [standing.take() for standing in self._standing]
        if any(new):
            self._known.clear()

    def _placed(self, subject: str, asked: pl.Series) -> tuple[pl.Series, pl.DataFrame]:
        """The row of each distinct value among the facts of its subject, and these facts."""
        known = self._known.get(subject)
        if known is None:
            known = self._known[subject] = self._looked_up(subject, asked)
            return pl.int_range(len(asked), dtype=pl.UInt32, eager=True), known
        places = _places(asked, known["value"])
        new = asked.filter(places.is_null())
        if len(new):
            learned = self._looked_up(subject, new)
            if known.height + learned.height > MOST_REMEMBERED:
                known = compacted(known.select(pl.all().gather(places.drop_nulls())))
            known = self._known[subject] = pl.concat([known, learned], rechunk=True)
            places = _places(asked, known["value"])
        return places, known

    def _looked_up(self, subject: str, values: pl.Series) -> pl.DataFrame:
        """What the enrichers say of distinct values; null where none of them says anything."""
        asked = self._asked(subject)
        addresses = Addresses.of(values) if subject == "address" else None
        known = values.to_frame()
        for enricher in asked:
            if addresses and isinstance(enricher, AddressEnricher):
                told = enricher.of(addresses)
            else:
                told = enricher.facts(values)
            told = conform(told, pl.Schema({"value": pl.String(), **enricher.columns}))
            if told["value"].equals(values):
                known = known.hstack(told.drop("value"))
            else:
                told = told.unique("value", keep="first", maintain_order=True)
                known = known.join(told, on="value", how="left", maintain_order="left")
        return known.with_columns(
            pl.lit(None, dtype).alias(name)
            for name, dtype in FACTS[subject].items()
            if name not in known.columns
        )


def _places(asked: pl.Series, known: pl.Series) -> pl.Series:
    """The row of each distinct value in a column of distinct values, null where it is not there."""
    rows = pl.DataFrame({"value": asked}).with_row_index("row")
    # An inner join hashes the shorter side: a table asks for few of the many that are known.
    found = pl.DataFrame({"value": known}).with_row_index("place").join(rows, on="value")
    nowhere = pl.repeat(None, len(asked), dtype=pl.UInt32, eager=True)
    return nowhere.scatter(found["row"], found["place"])


def _at(place: pl.Series, facts: pl.DataFrame, prefix: str) -> list[pl.Series | pl.Expr]:
    """The facts in these rows as columns; one that nobody knows takes no room."""
    facts = facts.drop("value")
    told = facts.select(fact.name for fact in facts if fact.null_count() < len(fact))
    told = told.select(pl.all().gather(place))
    return [
        (told[name] if name in told.columns else pl.lit(None, dtype)).alias(f"{prefix}_{name}")
        for name, dtype in facts.schema.items()
    ]


def _nothing(facts: Mapping[str, pl.DataType], prefix: str) -> list[pl.Expr]:
    """Facts that nobody knows, as columns."""
    return [pl.lit(None, dtype).alias(f"{prefix}_{name}") for name, dtype in facts.items()]
