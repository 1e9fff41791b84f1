"""What is known of the site before traffic is read, and what is told of it in incidents."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl

from lynceus.baseline.roles import OTHER
from lynceus.enrich.assets import Assets
from lynceus.enrich.lists import ListError
from lynceus.inventory import observed
from lynceus.inventory.devices import devices
from lynceus.inventory.identity import by_link_address, identified
from lynceus.inventory.presence import (
    accounts_at,
    privileged,
    who_was_there,
    with_people,
    with_users,
)
from lynceus.inventory.settings import AssetSettings, PeopleSettings
from lynceus.inventory.settled import FIELDS, settled
from lynceus.inventory.store import SCHEMAS, InventoryError, InventoryStore, of_sources
from lynceus.inventory.weaknesses import weaknesses

LIST = "list"
"""What the list of a person is called among the sources."""


def _nothing(part: str) -> pl.DataFrame:
    return pl.DataFrame(schema=of_sources(SCHEMAS[part]))


@dataclass(frozen=True)
class Known:
    """The machines and people of the site."""

    listed: Assets = field(default_factory=Assets)
    """Machines of the list."""
    rows: pl.DataFrame = field(default_factory=lambda: _nothing("assets"))
    """Machines of the store, as its sources say it."""
    vulnerabilities: pl.DataFrame = field(default_factory=lambda: _nothing("vulnerabilities"))
    """What scanners found."""
    people: pl.DataFrame = field(default_factory=lambda: privileged(_nothing("people"), ()))
    """Accounts and whose they are, with `privileged_by`."""
    seen: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=observed.SCHEMA))
    """What devices said of themselves in earlier traffic."""
    settings: AssetSettings = field(default_factory=AssetSettings)
    of_people: PeopleSettings = field(default_factory=PeopleSettings)

    @staticmethod
    def of(
        path: Path | None, settings: AssetSettings, people: PeopleSettings | None = None
    ) -> Known:
        """Reads the list and the store. Raises `ListError` on one that cannot be used."""
        listed = Assets(path)
        if settings.store is None:
            return Known(listed, settings=settings, of_people=people or PeopleSettings())
        try:
            store = InventoryStore(settings.store)
            parts = {part: store.rows(part) for part in SCHEMAS}
            seen = store.seen()
        except InventoryError as error:
            raise ListError(str(error)) from None
        own = people or PeopleSettings()
        accounts = privileged(parts["people"], own.privileged)
        return Known(
            listed, parts["assets"], parts["vulnerabilities"], accounts, seen, settings, own
        )

    @property
    def problems(self) -> tuple[str, ...]:
        """Lines about entries of the list that are not used, and why."""
        return tuple(self.listed.problems)

    def assets(self, at_ns: int | None = None) -> Assets:
        """What is believed of each place at a time."""
        if self.rows.is_empty():
            return self.listed
        told = {fact: own for own, fact in FIELDS.items()}
        mine = self.listed.told.select(list(told)).rename(told).with_columns(
            place=self.listed.places, source=pl.lit(LIST), confidence=pl.lit(1.0),
            refreshed_ns=pl.lit(None, pl.Int64),
        )  # fmt: skip
        both = pl.concat([mine, self.rows], how="diagonal_relaxed")
        believed = settled(both, at_ns, self.settings.stale_days)
        return Assets.of_places(believed["place"], believed)

    @cached_property
    def earlier(self) -> pl.DataFrame:
        """Which device was where and when in earlier traffic."""
        return devices(self.seen)

    def stays(self, new: pl.DataFrame, hosts: pl.Series) -> pl.DataFrame:
        """Which device was where and when, in earlier traffic and in this: those of some hosts.

        `new` is what devices said of themselves in this traffic (`observed.observed`).
        """
        if not len(hosts):
            return devices(self.seen.clear())
        near = observed.around(pl.concat([self.seen, new]), hosts)
        return devices(observed.merged(near))

    def with_users(self, findings: pl.DataFrame, logins: pl.DataFrame) -> pl.DataFrame:
        """Findings that say who was at their ends at that minute, out of logins."""
        if findings.is_empty() or logins.is_empty():
            return findings
        there = who_was_there(findings, logins, self.of_people)
        return with_users(findings, there, self.people)

    def with_people(
        self, facts: pl.DataFrame, findings: pl.DataFrame, risks: pl.DataFrame | None = None
    ) -> pl.DataFrame:
        """Facts of addresses with the users that findings name there, and how risky they are."""
        return with_people(facts, accounts_at(findings), self.people, risks)

    def about(
        self,
        facts: pl.DataFrame,
        at_ns: int | None = None,
        stays: pl.DataFrame | None = None,
        roles: pl.DataFrame | None = None,
    ) -> pl.DataFrame:
        """Facts of addresses (`value`) with what is told of them in incidents alone.

        `roles` is what the baseline takes hosts for (`lynceus.baseline.roles`).
        """
        told = weaknesses(facts, self.vulnerabilities, at_ns, self.settings.stale_days)
        stays = self.earlier if stays is None else stays
        told = by_link_address(identified(told, stays, at_ns), stays, self.rows)
        told = _with_roles(told, roles)
        nobody = pl.col("inside").fill_null(False) & pl.col("asset").is_null()
        unknown = nobody & pl.col("device").is_null() & pl.lit(self._asked)
        return told.with_columns(asset_unknown=pl.when(unknown).then(True))

    @property
    def _asked(self) -> bool:
        """Whether anybody could have known a machine."""
        return bool(self.listed.places.len() or self.rows.height)


def _with_roles(facts: pl.DataFrame, roles: pl.DataFrame | None) -> pl.DataFrame:
    """Adds `device_role`: what a host is used for, as its traffic was before; null where unlike."""
    if roles is None or roles.is_empty():
        return facts.with_columns(device_role=pl.lit(None, pl.String))
    known = roles.filter(pl.col("role") != OTHER).unique("host", keep="first", maintain_order=True)
    told = known.select("host", device_role="role")
    return facts.join(told, left_on="value", right_on="host", how="left", maintain_order="left")
