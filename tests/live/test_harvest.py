"""Rows go to the lake with a checkpoint, and with none of a checkpoint that never was."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from lynceus.live.degraded import Degraded
from lynceus.live.harvest import Harvest
from lynceus.records import FLOW_SCHEMA, Batch
from lynceus.store.lake import Lake, read

T0 = 1_714_550_400_000_000_000


def rows(*uids: str) -> Batch:
    told = pl.DataFrame({"uid": list(uids), "site": "s", "end_ns": T0, "ts_ns": T0})
    return Batch(pl.concat([pl.DataFrame(schema=FLOW_SCHEMA), told], how="diagonal_relaxed"))


def there(lake: Lake) -> list[str]:
    files = [file for hour in lake.hours("flows") for file in lake.files("flows", hour)]
    return sorted(read("flows", files).collect()["uid"])


def harvest(folder: Path, epoch: int = 0, worker: str = "one") -> Harvest:
    return Harvest(Lake(folder), worker, epoch, Degraded(print))


def test_what_was_stored_stays_and_is_held_no_longer(tmp_path: Path) -> None:
    one = harvest(tmp_path)
    one.take(rows("a", "b"))
    assert one.rows == 2
    assert one.store(1)
    one.kept()
    one.take(rows("c"))
    assert one.store(2)
    assert there(one.lake) == ["a", "b", "c"]


def test_the_same_number_again_replaces(tmp_path: Path) -> None:
    one = harvest(tmp_path)
    one.take(rows("a"))
    one.store(1)
    one.take(rows("b"))
    one.store(1)
    assert there(one.lake) == ["a", "b"]


def test_files_of_a_checkpoint_that_never_was_are_removed(tmp_path: Path) -> None:
    one = harvest(tmp_path)
    one.take(rows("kept"))
    one.store(1)
    one.kept()
    one.take(rows("comes again"))
    one.store(2)
    other = harvest(tmp_path, worker="other")
    other.take(rows("another's"))
    other.store(5)
    assert there(harvest(tmp_path, epoch=1).lake) == ["another's", "kept"]


def test_while_the_lake_is_tended_rows_wait(tmp_path: Path) -> None:
    one = harvest(tmp_path)
    one.take(rows("a"))
    with one.writing:
        assert not one.store(1)
    assert one.store(1)
