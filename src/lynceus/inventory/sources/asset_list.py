"""A CSV of machines that a person made or a tool wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from lynceus.enrich.assets import EXAMPLE, HEADERS
from lynceus.enrich.csv_fields import csv_fields, words
from lynceus.enrich.lists import ListError
from lynceus.intel.web import Web
from lynceus.inventory.entry import AssetEntry


class AssetList:
    """A list of assets; its address is a file, or one of HTTP."""

    title: ClassVar[str] = f"CSV of assets: {EXAMPLE}"

    def entries(self, web: Web) -> Iterator[AssetEntry]:
        """One entry a row."""
        text = web.text()
        try:
            for line in csv_fields(text, "the list", HEADERS, EXAMPLE):
                cells = line.cells
                yield AssetEntry(
                    line.number,
                    tuple(words(cells["place"])),
                    asset=cells["asset"],
                    owner=cells["asset_owner"],
                    criticality=cells["asset_criticality"],
                    role=cells["asset_role"],
                    system=cells["asset_system"],
                    macs=tuple(words(cells["mac"])),
                )
        except ListError as error:
            raise web.error(str(error)) from None
