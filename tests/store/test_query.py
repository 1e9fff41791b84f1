"""`store/query.py`: what may be asked, and what may not."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch, conform
from lynceus.store.lake import Lake, LakeError
from lynceus.store.query import ask
from lynceus.store.rollup import roll_up
from store.stored import DAY_NS, at

pytest.importorskip("duckdb")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = Lake(tmp_path / "it's a lake")
    names = pl.DataFrame({"ts_ns": [DAY_NS], "query": ["a.example"], "answers": [["192.0.2.1"]]})
    made.add(Batch(at(0.5, 1.5, 1.6), {"dns": conform(names, EVENT_SCHEMAS["dns"])}))
    made.add(Batch(at(2.5, service="tls")))
    roll_up(made)
    return made


def test_tables_are_views_with_every_column(lake: Lake) -> None:
    rows = ask(lake, "select * from flows order by end_ns")
    assert set(FLOW_SCHEMA.names()) | {"day", "hour"} == set(rows.columns)
    assert rows["hour"].to_list() == [0, 1, 1, 2]
    assert rows["duration_s"].to_list() == [1.0] * 4
    assert rows["total_bytes"].to_list() == (rows["orig_bytes"] + rows["resp_bytes"]).to_list()
    assert ask(lake, "select service, count(*) as n from flows group by 1 order by 2").rows() == [
        ("tls", 1), (None, 3),
    ]  # fmt: skip
    assert ask(lake, "select answers from dns").rows() == [(["192.0.2.1"],)]
    assert ask(lake, "select sum(flows) from host_day where host = '10.0.0.5'").item() == 4
    assert ask(lake, "select 1 as one where false").shape == (0, 1)


REFUSED = {
    "select nope from flows": "nope",
    "select * from nope": "nope",
    "select": "without selection list",
    "": "expected one question",
    "select 1; select 2": "expected one question",
    "copy flows to 'x.csv'": "expected one question",
    "drop view flows": "expected one question",
    "set threads = 1": "expected one question",
    "select * from read_csv('/etc/hostname')": "disabled",
    "select * from read_parquet('/etc/*')": "disabled",
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_no_question_or_asks_elsewhere_is_refused(lake: Lake, sql: str) -> None:
    with pytest.raises(LakeError, match=REFUSED[sql]):
        ask(lake, sql)


def test_a_folder_without_tables_is_no_lake(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="holds no flows and no events"):
        ask(Lake(tmp_path), "select 1")
