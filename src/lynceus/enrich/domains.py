"""Facts about a name: who registered it, whether it is popular, which well-known service it is."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.enrich.generated import GeneratedNames
from lynceus.enrich.networks import DATA
from lynceus.enrich.prefixes import distinct, facts_at
from lynceus.enrich.suffixes import PublicSuffixes, SuffixTable, normal, parent
from lynceus.protocols import Subject


@cache
def public_suffixes() -> PublicSuffixes:
    """The Public Suffix List as tldextract ships it, with the private part (`github.io`)."""
    return PublicSuffixes(suffix_rules())


def suffix_rules() -> pl.Series:
    """The rules of the list: the first word of each line that is no comment.

    The file is read where it lies: importing tldextract would load an HTTP client with it.
    """
    package = find_spec("tldextract")
    folders = package.submodule_search_locations if package else None
    if not folders:
        raise ModuleNotFoundError("tldextract is not installed")
    text = Path(folders[0], ".tld_set_snapshot").read_text(encoding="utf-8")
    lines = pl.Series("rule", text.splitlines(), dtype=pl.String)
    return lines.str.extract(r"^([.*!]*\w\S*)").drop_nulls().unique(maintain_order=True)


# What ships does not change: it is read once a process, when the first names come.


@cache
def _popular() -> tuple[pl.Series, SuffixTable]:
    """The names of the top lists, and how they are found."""
    rows = pl.read_parquet(BytesIO(DATA.joinpath("domains-popular.parquet").read_bytes()))
    return rows["domain"], SuffixTable(rows["domain"])


@cache
def _services() -> tuple[SuffixTable, pl.DataFrame]:
    """How names of well-known services are found, and what is known of each of them."""
    rows = pl.read_parquet(BytesIO(DATA.joinpath("domains-services.parquet").read_bytes()))
    names = pl.read_csv(BytesIO(DATA.joinpath("domains.csv").read_bytes()))
    facts = rows.join(
        names.select(pl.col("id").cast(pl.UInt8), "service", "kind"), on="id", how="left"
    ).select(known_service="service", known_service_kind="kind")
    return SuffixTable(rows["domain"], rows["exact"]), facts


def _service(values: pl.Series, names: pl.Series) -> pl.DataFrame:
    """What is known of the service that each name belongs to, beside these values."""
    services, facts = _services()
    return facts_at(values, services.find(names), facts)


@cache
def _generated() -> GeneratedNames:
    return GeneratedNames.read(DATA)


MORE_HOSTING = ("dynserv.com", "yi.org", "dyndns.org", "dyndns.biz", "dyndns.info")
"""Domains below which strangers get names, which the lists of them lack."""


class DomainFacts:
    """Facts about a name.

    `registered`: the domain below the public suffix, the unit that one party controls. Suffixes
    under which strangers get names (`github.io`, `duckdns.org`) count as public, so their
    customers are kept apart. Names without a known suffix keep two labels (`corp.local`).

    `popular`: the registered domain is among the most visited ones, by public top lists. A
    popular name is not a harmless one.

    `known_service` and `known_service_kind`: the well-known service the name belongs to, such as
    `Windows Update` and `os_update`. Kinds: os_update, app_update, time, pki, captive_portal,
    telemetry, push, reputation, monitoring, cloud_storage, collaboration, code_hosting, ip_check,
    dynamic_dns, url_shortener, office, vendor. Detectors take no dynamic DNS name and no shortener
    for a service that vouches for who answers (`features/vouched.py`).

    `generated`: the share of ordinary names that look less made by an algorithm (see
    `generated.py`), 0..1, null for popular names and known services. One name that looks so
    proves nothing.
    """

    subject: ClassVar[Subject] = "domain"
    columns: ClassVar[dict[str, pl.DataType]] = {
        "registered": pl.String(),
        "popular": pl.Boolean(),
        "known_service": pl.String(),
        "known_service_kind": pl.String(),
        "generated": pl.Float64(),
    }

    def facts(self, values: pl.Series) -> pl.DataFrame:
        """The facts of each distinct name."""
        value = distinct(values)
        name = normal(value)
        registered, popular = self.registered_and_popular(name)
        frame = _service(value, name)
        return frame.select(
            "value",
            registered,
            popular,
            "known_service",
            "known_service_kind",
            self._made(name, registered, frame["known_service_kind"], popular),
        )

    def registered_and_popular(self, names: pl.Series) -> list[pl.Series]:
        """Of names in lower case: the registered domain, and whether it is among the popular."""
        registered = public_suffixes().registered(names).alias("registered")
        popular = pl.Series("popular", _popular()[1].find(registered.fill_null("")) >= 0)
        return [registered, popular]

    def popular_names(self) -> pl.Series:
        """The names of the top lists."""
        return _popular()[0]

    def judged(self, values: pl.Series) -> tuple[pl.Series, pl.Series]:
        """The label of each name that somebody chose, and its top-level domain."""
        name = normal(values)
        return self._chosen(name, public_suffixes().registered(name))

    def _made(
        self, name: pl.Series, registered: pl.Series, kind: pl.Series, popular: pl.Series
    ) -> pl.Series:
        """How made the names look that are neither popular nor of a known service."""
        label, top = self._chosen(name, registered)
        known = popular | (kind.is_not_null() & (kind != "dynamic_dns"))
        asked = pl.DataFrame({"label": label, "known": known}).select(
            pl.when(~pl.col("known")).then("label")
        )
        return _generated().share(asked.to_series(), top).alias("generated")

    def _chosen(self, name: pl.Series, registered: pl.Series) -> tuple[pl.Series, pl.Series]:
        """The label that somebody chose, and the top-level domain.

        That is the one below the suffix; below a dynamic DNS service that the suffix list does
        not know, the one below that. Null without a registered domain, and where an
        internationalised label hides its letters.
        """
        above = parent(registered).fill_null("")
        rows = pl.DataFrame(
            {
                "name": name,
                "registered": registered,
                "service": self._gives_names(registered.fill_null("")),
                "customer": self._gives_names(above),
            }
        )
        below = pl.col("name").str.strip_suffix(pl.concat_str(pl.lit("."), "registered"))
        hosted = (
            (pl.col("service") & ~pl.col("customer")) | pl.col("registered").is_in(MORE_HOSTING)
        ) & (pl.col("name") != pl.col("registered"))
        label = (
            pl.when(hosted)
            .then(below.str.extract(r"([^.]+)$"))
            .otherwise(pl.col("registered").str.extract(r"^([^.]+)\."))
        )
        told = rows.lazy().select(
            label=pl.when(~label.str.starts_with("xn--")).then(label),
            top=pl.col("registered").str.extract(r"([^.]+)$"),
        )
        frame = told.collect(engine="in-memory")
        return frame["label"], frame["top"]

    def _gives_names(self, domains: pl.Series) -> pl.Series:
        """Whether strangers get names below these, as the lists of dynamic DNS know."""
        found = _service(domains, domains)
        return (found["known_service_kind"] == "dynamic_dns").fill_null(False)
