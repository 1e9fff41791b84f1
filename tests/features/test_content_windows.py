"""The windows of content: `asked`, `handshake`, `spoken` and `web`."""

from __future__ import annotations

import polars as pl
import pytest

from detect import content
from lynceus.enrich import enrichers
from lynceus.enrich.facts import with_facts
from lynceus.features import asked, handshake, spoken, web
from lynceus.features.flow import with_row_features
from lynceus.features.window import Window
from lynceus.testing import events, flows

EVENTS = content.event_rows()
TABLES = [
    (web.WEB_ATTACKS, 1),
    (web.WEB_MISSES[0], 1),
    (web.WEB_TALKS, 2),
    (web.AGENTS_OF_SITE, 3),
    (web.WEB_CLIENTS, 1),
    (handshake.CERTIFICATES, 1),
    (handshake.CLIENTS_BY_JA4, 2),
    (handshake.DOH_PAIRS[0], 1),
    (asked.POOL_NAMES[0], 1),
    (asked.HIDING_NAMES[0], 1),
    (spoken.ODD_PORTS, 1),
    (spoken.UNKNOWN_SPOKEN, 1),
    (spoken.ANONYMOUS, 1),
    (spoken.PEERS, 1),
    (spoken.POOL_SHAPES, 1),
    (spoken.ECHOES, 1),
]


def rows_of(table: Window) -> pl.DataFrame:
    rows = flows(content.flow_rows()) if table.of == "flows" else events(table.of, EVENTS[table.of])
    return with_row_features(table.of, with_facts(table.of, rows, enrichers(["10.0.0.0/8"])))


@pytest.mark.parametrize(("table", "groups"), TABLES, ids=lambda of: getattr(of, "name", str(of)))
def test_any_cut_of_the_rows_gives_the_same_features(table: Window, groups: int) -> None:
    rows = rows_of(table)
    whole = table.finish(table.partial(rows.lazy()).collect())
    halves = [
        table.partial(rows[part].lazy()).collect() for part in (slice(0, 31), slice(31, None))
    ]
    again = table.finish(table.merge(halves))
    assert whole.height == groups
    keys = [*table.groups]
    scalar = [name for name, dtype in whole.schema.items() if not dtype.is_nested()]
    assert whole.sort(keys).select(scalar).equals(again.sort(keys).select(scalar))


@pytest.mark.parametrize(
    ("name", "found"),
    [("xmr.2miners.com", True), ("stratum.odd-firm.net", True), ("pool.ntp.org", False),
     ("minerals.example", False), ("mining-museum.org", False), ("carpool.com", False)],
)  # fmt: skip
def test_names_of_pools(name: str, found: bool) -> None:
    assert pl.Series([name]).str.contains(asked.MINERS).item() is found
