"""One line of a device, as it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from lynceus.account import Account
from lynceus.ingest.device_flows import typed
from lynceus.ingest.devices import Family
from lynceus.ingest.log_lines import FAMILIES, families, headed_lines, rows_of

Told = Callable[[Family, str], dict[str, Any]]


@pytest.fixture
def told() -> Told:
    """What a line tells, without what it does not; checks that it goes to that family."""

    def read(family: Family, line: str) -> dict[str, Any]:
        lines = pl.Series([line, "no line of a device"], dtype=pl.String)
        assert families(headed_lines(lines)).to_list() == [FAMILIES.index(family), None]
        account = Account()
        rows = typed(rows_of(lines, account), account)
        assert account.balanced
        assert account.dropped == {"line_of_no_known_device": 1}
        assert rows.height == 1
        return {name: value for name, value in rows.row(0, named=True).items() if value is not None}

    return read
