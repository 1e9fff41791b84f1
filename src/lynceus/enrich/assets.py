"""Assets of the user: what a host is called, whose it is, how much it matters.

From a CSV, or from what the sources of the site say (`lynceus.inventory`).
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.account import Account
from lynceus.enrich.csv_fields import Line, csv_fields, words
from lynceus.enrich.lists import ListError, read_list
from lynceus.enrich.prefixes import AddressEnricher, Addresses, PrefixTable, facts_at

HEADERS = {
    "place": ("ip", "ip_address", "ipaddress", "address", "addresses", "ips",
              "subnet", "cidr", "network", "net"),
    "asset": ("name", "asset", "asset_name", "host", "hostname", "host_name",
              "device"),
    "asset_owner": ("owner", "asset_owner", "team", "contact", "responsible"),
    "asset_criticality": ("criticality", "asset_criticality", "critical", "importance", "priority"),
    "asset_role": ("role", "asset_role", "type", "function", "purpose"),
    "asset_system": ("os", "operating_system", "system", "platform"),
    "mac": ("mac", "mac_address", "macs", "link_address"),
}  # fmt: skip
"""Header names that are understood, by field."""

CRITICALITY = {
    **dict.fromkeys(("low", "minor", "1"), "low"),
    **dict.fromkeys(("medium", "med", "moderate", "normal", "2"), "medium"),
    **dict.fromkeys(("high", "major", "important", "3"), "high"),
    **dict.fromkeys(("critical", "crit", "vital", "highest", "4"), "critical"),
}
"""Words for how much an asset matters; the numbers 1 to 4 count upwards."""

FACTS: dict[str, pl.DataType] = {
    "asset": pl.String(),
    "asset_owner": pl.String(),
    "asset_criticality": pl.String(),
    "asset_role": pl.String(),
    "asset_system": pl.String(),
    "asset_source": pl.String(),
    "asset_conflict": pl.String(),
    "asset_stale_days": pl.Int64(),
}
"""What is known of an asset. `asset_conflict` is what its sources disagree about,
`asset_stale_days` how long ago the source that is believed was read, where that is too long."""
EXAMPLE = "name,ip,owner,criticality,role"
MOST_TOLD = 20


class Assets(AddressEnricher):
    """Facts about an address from the user's list of assets; the longest prefix counts."""

    columns: ClassVar[dict[str, pl.DataType]] = FACTS

    def __init__(self, path: str | Path | None = None) -> None:
        """Reads the CSV; rows with a wrong field are left out and told in `problems`.

        Without a path no address is known.

        Raises ListError where the file cannot be read or holds no usable row.
        """
        self.account = Account()
        """Rows read, kept, and dropped by reason."""
        self.problems: list[str] = []
        """The first wrong fields, with file, line and field."""
        places: list[str] = []
        facts: list[tuple[str | None, ...]] = []
        for line in csv_fields(read_list(path), path, HEADERS, EXAMPLE) if path is not None else ():
            self.account.received += 1
            if not (wrong := self._problem(line)):
                self.account.kept += 1
                own = words(line.cells["place"])
                places += own
                facts += [self._facts_of(line)] * len(own)
                continue
            field, reason = wrong
            self.account.drop(f"wrong {field}")
            if len(self.problems) < MOST_TOLD:
                self.problems.append(f"{path} line {line.number}, field {field}: {reason}")
        if not places and path is not None:
            told = self.problems[0] if self.problems else f"{path}: no rows under the header"
            raise ListError(f"{told}; expected rows such as mail-1,192.0.2.25,IT,high,mail server")
        self.places = pl.Series("place", places, dtype=pl.String)
        """The addresses and networks that are known."""
        self.told = pl.DataFrame(facts, schema=FACTS, orient="row")
        """What is known of each."""
        self._table = PrefixTable(self.places)

    @classmethod
    def of_places(cls, places: pl.Series, facts: pl.DataFrame) -> Assets:
        """Assets from addresses and networks, and a row of `FACTS` for each."""
        one = cls()
        one.places, one.told = places, facts.select(list(FACTS))
        one._table = PrefixTable(places)
        return one

    @staticmethod
    def _problem(line: Line) -> tuple[str, str] | None:
        """Field and reason of the first wrong field of a row."""
        places = words(line.cells["place"])
        if not places:
            return "ip", "empty"
        wrong = PrefixTable(places).unreadable
        if len(wrong):
            return "ip", f"{places[int(wrong[0])][:60]!r} is no address or network"
        told = line.cells["asset_criticality"].lower()
        if told and told not in CRITICALITY:
            return "criticality", f"{told[:60]!r} is not low, medium, high or critical"
        return None

    @staticmethod
    def _facts_of(line: Line) -> tuple[str | None, ...]:
        cells = dict(line.cells)
        cells["asset_criticality"] = CRITICALITY.get(cells["asset_criticality"].lower(), "")
        return tuple(cells.get(fact) or None for fact in FACTS)

    def of(self, addresses: Addresses) -> pl.DataFrame:
        """The asset that each address belongs to."""
        return facts_at(addresses.value, self._table.find(addresses.parsed), self.told)
