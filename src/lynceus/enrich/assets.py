"""Assets of the user from a CSV: what a host is called, whose it is, how much it matters."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.enrich.lists import ListError, read_list
from lynceus.enrich.prefixes import AddressEnricher, Addresses, PrefixTable, facts_at
from lynceus.records import Account

HEADERS = {
    "place": ("ip", "ip_address", "ipaddress", "address", "addresses", "ips", "net", "network",
              "cidr", "subnet"),
    "asset": ("name", "asset", "asset_name", "host", "hostname", "host_name",
              "device"),
    "asset_owner": ("owner", "asset_owner", "team", "contact", "responsible"),
    "asset_criticality": ("criticality", "asset_criticality", "critical", "importance", "priority"),
    "asset_role": ("role", "asset_role", "type", "function", "purpose"),
}  # fmt: skip
"""Header names that are understood, by field."""

CRITICALITY = {
    **dict.fromkeys(("low", "minor", "1"), "low"),
    **dict.fromkeys(("medium", "med", "moderate", "normal", "2"), "medium"),
    **dict.fromkeys(("high", "major", "important", "3"), "high"),
    **dict.fromkeys(("critical", "crit", "vital", "highest", "4"), "critical"),
}
"""Words for how much an asset matters; the numbers 1 to 4 count upwards."""

FACTS = ("asset", "asset_owner", "asset_criticality", "asset_role")
MOST_TOLD = 20


@dataclass(frozen=True)
class _Line:
    number: int
    cells: dict[str, str]


def _rows(text: str, path: str | Path) -> Iterator[_Line]:
    """The rows of the CSV by field. Raises ListError where the header does not do."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise ListError(f"{path}: empty, expected a CSV with the columns name and ip or net")
    separator = max(",;\t|", key=lines[0].count)
    number = {line: i for i, line in reversed(list(enumerate(text.splitlines(), start=1)))}
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    header = [re.sub(r"[\s\-]+", "_", h.strip().lower()) for h in next(reader)]
    at = {
        field: next((header.index(n) for n in names if n in header), -1)
        for field, names in HEADERS.items()
    }
    if at["place"] < 0:
        raise ListError(
            f"{path} line {number[lines[0]]}: no column ip or net among {', '.join(header)[:80]}; "
            "expected a header such as name,ip,owner,criticality,role"
        )
    last = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            last = reader.line_num
            continue
        if row is None:
            return
        cells = {f: row[i].strip() if 0 <= i < len(row) else "" for f, i in at.items()}
        yield _Line(number[lines[last]], cells)
        last = reader.line_num


class Assets(AddressEnricher):
    """Facts about an address from the user's list of assets; the longest prefix counts."""

    columns: ClassVar[dict[str, pl.DataType]] = dict.fromkeys(FACTS, pl.String())

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
        for line in _rows(read_list(path), path) if path is not None else ():
            self.account.received += 1
            if not (wrong := self._problem(line)):
                self.account.kept += 1
                own = [t for t in re.split(r"[\s;|,]+", line.cells["place"]) if t]
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
        self._table = PrefixTable(places)
        self._facts = pl.DataFrame(facts, schema=dict.fromkeys(FACTS, pl.String), orient="row")

    @staticmethod
    def _problem(line: _Line) -> tuple[str, str] | None:
        """Field and reason of the first wrong field of a row."""
        places = [t for t in re.split(r"[\s;|,]+", line.cells["place"]) if t]
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
    def _facts_of(line: _Line) -> tuple[str | None, ...]:
        cells = dict(line.cells)
        cells["asset_criticality"] = CRITICALITY.get(cells["asset_criticality"].lower(), "")
        return tuple(cells[fact] or None for fact in FACTS)

    def of(self, addresses: Addresses) -> pl.DataFrame:
        """The asset that each address belongs to."""
        return facts_at(addresses.value, self._table.find(addresses.parsed), self._facts)
