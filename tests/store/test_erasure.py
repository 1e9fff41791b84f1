"""`store/erasure.py`: all rows of one person or address go, and no other."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from lynceus.records import EVENT_SCHEMAS, Batch, conform
from lynceus.store.erasure import erase
from lynceus.store.lake import Lake, read
from lynceus.store.rollup import roll_up
from store.stored import DAY_NS, at

GONE, KEPT, SERVER = "10.0.0.5", "10.0.0.6", "10.0.0.80"


def filled(folder: Path) -> Lake:
    lake = Lake(folder)
    flows = pl.concat([
        at(0.1, 1.1, orig_h=GONE, resp_h=SERVER),
        at(0.2, orig_h=SERVER, resp_h=GONE),
        at(0.3, orig_h=KEPT, resp_h=SERVER),
    ])  # fmt: skip
    logins = pl.DataFrame({
        "ts_ns": [DAY_NS, DAY_NS + 1], "orig_h": [KEPT, KEPT], "username": ["Ada", "adam"],
    })  # fmt: skip
    answers = pl.DataFrame({"ts_ns": [DAY_NS, DAY_NS], "query": ["a", "b"],
                            "answers": [[GONE, SERVER], [SERVER]]})  # fmt: skip
    lake.add(
        Batch(
            flows,
            {
                "login": conform(logins, EVENT_SCHEMAS["login"]),
                "dns": conform(answers, EVENT_SCHEMAS["dns"]),
            },
        )
    )
    roll_up(lake)
    return lake


def rows(lake: Lake, table: str) -> pl.DataFrame:
    files = [path for hour in lake.hours(table) for path in lake.files(table, hour)]
    return read(table, files).collect()


def test_an_address_goes_at_either_end_in_answers_and_in_roll_ups(tmp_path: Path) -> None:
    lake = filled(tmp_path)
    erased = erase(lake, GONE)
    assert erased.rows["flows"] == 3
    assert erased.rows["dns"] == 1
    assert erased.told().startswith(f"{GONE}: ")
    assert rows(lake, "flows")["orig_h"].to_list() == [KEPT]
    assert rows(lake, "host_day")["host"].to_list() == [KEPT, SERVER]
    [service] = rows(lake, "service_day").to_dicts()
    assert service["flows"] == 1, "counted anew without the flows that are gone"
    for path in tmp_path.rglob("*.parquet"):
        assert GONE not in str(pl.read_parquet(path, hive_partitioning=False).to_dicts())


def test_a_user_goes_whatever_the_case_and_nobody_of_a_like_name(tmp_path: Path) -> None:
    lake = filled(tmp_path)
    assert erase(lake, "ADA").rows == {"login": 1}
    assert rows(lake, "login")["username"].to_list() == ["adam"]


def test_nobody_of_that_name(tmp_path: Path) -> None:
    lake = filled(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")}
    assert erase(lake, "nobody").told() == "nobody: 0 rows erased (none found)"
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")} == before
