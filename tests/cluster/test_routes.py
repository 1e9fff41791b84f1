"""Every detector finds the same when the rows of its route come in partitions."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynceus import detect
from lynceus.cluster.routes import COLUMNS, ROUTES, digests, parted, route_of, routed, tables_read
from lynceus.engine import Engine
from lynceus.protocols import Detector, Key
from lynceus.records import Batch
from lynceus.testing import flow, flows
from test_contracts import trace

DETECTORS = detect.load()


def found(detectors: dict[str, Detector], batch: Batch) -> pl.DataFrame:
    engine = Engine(detectors)
    told = pl.concat([engine.advance(batch), engine.finish()])
    assert not engine.failed
    return told.sort("id")


@pytest.mark.parametrize("route", [route for route in ROUTES if route != "site"])
def test_partitions_find_what_the_whole_finds(route: Key) -> None:
    detectors = routed(DETECTORS)[route]
    parts: dict[int, dict[str, pl.DataFrame]] = {}
    for name, frame in {"flows": trace().flows, **trace().events}.items():
        for number, rows in parted(frame, route, 3):
            parts.setdefault(number, {})[name] = rows
    assert len(parts) == 3
    batches = [Batch(tables.pop("flows"), tables) for _, tables in sorted(parts.items())]
    told = pl.concat([found(detectors, batch) for batch in batches]).sort("id")
    assert told.equals(found(detectors, trace()))


def test_every_detector_has_a_route_that_holds_its_groups() -> None:
    by_route = routed(DETECTORS)
    assert sum(map(len, by_route.values())) == len(DETECTORS)
    assert route_of(DETECTORS["vertical_scan"]) == "responder"
    assert route_of(DETECTORS["known_bad"]) == "originator", "it counts a name at all its peers"
    assert route_of(DETECTORS["kerberoasting"]) == "site", "it looks at what servers give to others"
    assert {"flows", "dns"} <= tables_read(by_route["originator"])


@given(st.lists(st.text(max_size=30), max_size=20))
def test_a_digest_is_fnv_1a(texts: list[str]) -> None:
    told = digests(pl.Series(texts, dtype=pl.String))
    for text, digest in zip(texts, told, strict=True):
        expected = 0xCBF29CE484222325
        for byte in text.encode().replace(b"\0", b""):
            expected = ((expected ^ byte) * 0x100000001B3) % (1 << 64)
        assert int(digest) == expected


@pytest.mark.parametrize("route", ROUTES)
def test_equal_keys_come_together_in_their_order(route: Key) -> None:
    rows = flows([flow(float(i), orig_h=f"10.0.0.{i % 7}", resp_h=None if i % 5 else "192.0.2.1")
                  for i in range(60)])  # fmt: skip
    told = [part.with_columns(number=pl.lit(number)) for number, part in parted(rows, route, 4)]
    whole = pl.concat(told)
    assert whole.drop("number").sort("ts_ns").equals(rows)
    assert all(part["ts_ns"].is_sorted() for part in told)
    assert whole.group_by(COLUMNS[route]).agg(pl.col("number").n_unique())["number"].max() == 1
