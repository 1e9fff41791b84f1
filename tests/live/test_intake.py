"""Chunks of several sources become one batch; what cannot be is counted and left out."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from lynceus.account import Account
from lynceus.config import Config
from lynceus.ingest.feeds import Chunk
from lynceus.live.intake import Intake
from lynceus.live.pump import Pump
from lynceus.moments import NS
from lynceus.records import FLOW_SCHEMA, Batch

NOW = 1_714_550_400 * NS


def chunk(place: int, *end_s: float) -> Chunk:
    ends = pl.DataFrame({"end_ns": [NOW + int(s * NS) for s in end_s]}, schema={"end_ns": pl.Int64})
    flows = pl.concat([pl.DataFrame(schema=FLOW_SCHEMA), ends], how="diagonal")
    return Chunk(Batch(flows), place, Account(received=len(end_s), kept=len(end_s)))


def test_what_came_is_one_batch_and_places_are_the_last(tmp_path: Path) -> None:
    pump = Pump(site="s", folder=tmp_path, rows=10, say=print)
    intake = Intake(Config(), idle_s=10)
    intake.watermarks.open("a", "record", 0, NOW)
    batch = intake.take([("a", chunk(1, 1)), ("a", chunk(2, 2, 3_600))], pump, NOW)
    assert batch.flows["end_ns"].to_list() == [NOW + NS, NOW + 2 * NS]
    assert intake.places == {"a": 2}
    assert (intake.account.received, intake.account.kept) == (3, 2)
    assert intake.account.dropped == {"from_the_future": 1}
    assert batch.events["sensor_health"]["sensor"].to_list() == ["a"]
    again = Intake(Config(), idle_s=10)
    again.resume(intake.snapshot(), NOW)
    assert (again.places, again.account.balanced) == ({"a": 2}, True)


def test_what_two_sources_tell_is_told_once(tmp_path: Path) -> None:
    pump = Pump(site="s", folder=tmp_path, rows=10, say=print)
    intake = Intake(Config(), idle_s=10)
    for name in ("a", "b"):
        intake.watermarks.open(name, "record", 0, NOW)
    assert intake.take([("a", chunk(1, 1, 2))], pump, NOW).flows.height == 2
    again = Intake(Config(), idle_s=10)
    for name in ("a", "b"):
        again.watermarks.open(name, "record", 0, NOW)
    again.resume(intake.snapshot(), NOW)
    assert again.take([("b", chunk(1, 2, 3))], pump, NOW).flows.height == 1
    assert again.account.dropped == {"duplicate": 1}
    assert again.account.balanced
