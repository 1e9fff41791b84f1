"""`store/lake.py`: what is kept, where it lies, and that it stays whole."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch, conform
from lynceus.store.lake import HOUR_NS, Hour, Lake, LakeError, read, rows_of
from store.stored import DAY_NS, at


def names(*times_ns: int | None) -> pl.DataFrame:
    rows = pl.DataFrame(
        {"ts_ns": times_ns, "query": [f"n{n}.example" for n in range(len(times_ns))]}
    )
    return conform(rows, EVENT_SCHEMAS["dns"])


def everything(lake: Lake, table: str = "flows") -> pl.DataFrame:
    files = [path for hour in lake.hours(table) for path in lake.files(table, hour)]
    return read(table, files).collect()


def test_rows_lie_in_the_hour_of_their_end(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    rows = at(0.5, 0.9, 1.0, 23.9, 24.1)
    lake.add(Batch(rows, {"dns": names(DAY_NS + 1, None)}))
    assert [(hour.day, hour.hour) for hour in lake.hours("flows")] == [
        ("2024-05-01", 0), ("2024-05-01", 1), ("2024-05-01", 23), ("2024-05-02", 0),
    ]  # fmt: skip
    assert [hour.path for hour in lake.hours("dns")] == [
        "day=2024-05-01/hour=0", "day=unknown/hour=0",
    ]  # fmt: skip
    assert lake.tables() == ("flows", "dns")
    assert_frame_equal(everything(lake).sort("end_ns"), rows.sort("end_ns"))


def test_the_same_batch_again_is_one(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for _ in range(2):
        lake.add(Batch(at(0.5, 1.5), {"dns": names(DAY_NS)}))
    assert everything(lake).height == 2
    assert everything(lake, "dns").height == 1


def test_compacting_joins_files_and_counts_once_what_they_hold_alike(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    rows = at(0.1, 0.2, 0.3, 0.4)
    for piece in (rows[:2], rows[2:], rows[1:3]):
        lake.add(Batch(piece))
    assert everything(lake).height == 6
    assert lake.compact() == 3
    [hour] = lake.hours("flows")
    [path] = lake.files("flows", hour)
    assert_frame_equal(read("flows", [path]).collect(), rows.sort("end_ns"))
    assert lake.compact() == 0
    assert not any((tmp_path / ".work").iterdir())


def test_large_hours_stay_in_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lynceus.store.lake.ROWS_A_FILE", 3)
    lake = Lake(tmp_path)
    rows = at(*(n / 100 for n in range(8)))
    for n in range(8):
        lake.add(Batch(rows[n : n + 1]))
    lake.compact()
    [hour] = lake.hours("flows")
    assert [rows_of(path) for path in lake.files("flows", hour)] == [3, 3, 2]
    assert lake.compact() == 0


def test_what_a_file_has_no_value_for_is_not_stored_and_comes_back_null(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.add(Batch(at(0.5)))
    [hour] = lake.hours("flows")
    [path] = lake.files("flows", hour)
    stored = pl.read_parquet_schema(path)
    assert "orig_window_bytes_first" not in stored
    row = read("flows", [path]).collect()
    assert row.schema == FLOW_SCHEMA


def test_what_follows_from_other_columns_is_stored_only_where_it_differs(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    totals = {"total_bytes": pl.col("orig_bytes") + pl.col("resp_bytes"), "total_packets": 12}
    alike = at(0.5, orig_packets=6, resp_packets=6).with_columns(**totals)
    other = at(1.5).with_columns(duration_s=pl.lit(7.5), **totals)
    lake.add(Batch(pl.concat([alike, other], how="vertical_relaxed")))
    paths = [path for hour in lake.hours("flows") for path in lake.files("flows", hour)]
    first, second = (set(pl.read_parquet_schema(path)) for path in paths)
    assert not {"total_bytes", "total_packets", "duration_s"} & first
    assert "duration_s" in second
    rows = read("flows", paths).collect().sort("end_ns")
    assert rows["duration_s"].to_list() == [1.0, 7.5]
    assert rows["total_packets"].to_list() == [12, 12]


def test_a_state_changes_with_the_files(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.add(Batch(at(0.5)))
    [hour] = lake.hours("flows")
    before = lake.state("flows", hour)
    assert lake.state("flows", hour) == before
    lake.add(Batch(at(0.6)))
    assert lake.state("flows", hour) != before


def test_a_reader_sees_whole_partitions_while_one_is_rewritten(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    rows = at(0.1, 0.2)
    for n in range(2):
        lake.add(Batch(rows[n : n + 1]))
    [hour] = lake.hours("flows")

    def parts():  # type: ignore[no-untyped-def]
        yield rows
        assert everything(lake).height == 2, "the old files until the new ones are whole"

    lake.rewrite("flows", hour, parts())
    assert everything(lake).height == 2
    lake.rewrite("flows", hour, [rows.clear()])
    assert lake.hours("flows") == []


def test_foreign_folders_are_no_partitions(tmp_path: Path) -> None:
    for name in ("day=tomorrow/hour=1", "day=2024-05-01/hour=x", "day=2024-05-01/minute=1", "a/b"):
        (tmp_path / "flows" / name).mkdir(parents=True)
    assert Lake(tmp_path).hours("flows") == []
    assert Hour("2024-05-01", 2).start_ns == DAY_NS + 2 * HOUR_NS
    assert Hour("unknown", 0).start_ns is None


def test_a_file_is_no_lake(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(LakeError, match="is a file; expected the folder of a lake"):
        Lake(tmp_path / "x")
