from __future__ import annotations

import polars as pl
import pytest

from lynceus.learn.hour_context import HOUR_NS, NAMES, numbers


def rows(**changes: object) -> pl.DataFrame:
    """Three flows of one host in one hour, two of them to one place, and one an hour later."""
    told: dict[str, object] = {
        "capture": ["c"] * 4,
        "orig_h": ["10.0.0.1"] * 4,
        "resp_h": ["9.9.9.9", "9.9.9.9", "8.8.8.8", "9.9.9.9"],
        "resp_p": [80, 443, 53, 80],
        "ts_ns": [0, 1, 2, HOUR_NS],
        "end_ns": [5, None, 7, HOUR_NS + 5],
        "duration_s": [1.0, 3.0, 2.0, 1.0],
        "orig_bytes": [10, 30, 5, 10],
        "resp_bytes": [0, 100, 50, 7],
        "proto": ["tcp"] * 4,
        "conn_state": ["REJ", "SF", "SF", "SF"],
        "orig_packets": [1, 4, 3, 3],
        "resp_packets": [1, 3, 1, 1],
    }
    return pl.DataFrame({**told, **changes})


def test_a_flow_is_told_what_its_pair_and_its_host_did_in_its_hour() -> None:
    told = numbers(rows())
    assert tuple(told.columns) == NAMES and set(told.dtypes) == {pl.Float32}
    assert told["pair_hour_flows"].to_list() == [2, 2, 1, 1]
    assert told["host_hour_flows"].to_list() == [3, 3, 3, 1]
    assert told["pair_hour_failed_share"].to_list() == [0.5, 0.5, 0.0, 0.0]
    assert told["host_hour_empty_share"].to_list() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])
    assert told["pair_hour_ports"].to_list() == [2, 2, 1, 1]
    assert told["host_hour_orig_bytes"].to_list() == [45, 45, 45, 10]
    assert told["host_hour_resp_hosts"].to_list() == [2, 2, 2, 1]
    assert told["pair_hour_duration_s_std"].to_list() == pytest.approx(
        [2**0.5, 2**0.5, None, None], nan_ok=True
    )


def test_captures_and_the_order_of_rows_do_not_matter() -> None:
    made = rows()
    apart = numbers(rows(capture=["a", "b", "c", "d"]))
    assert apart["host_hour_flows"].to_list() == [1, 1, 1, 1]
    backwards = numbers(made.reverse()).reverse()
    assert backwards.equals(numbers(made))


@pytest.mark.parametrize(
    "changes",
    [
        {"resp_h": ["224.0.0.251"] * 4},
        {"proto": ["udp"] * 4, "orig_p": [1900] * 4, "resp_p": [51_002] * 4},
    ],
)
def test_what_goes_to_many_and_what_answers_has_not_failed(changes: dict[str, object]) -> None:
    made = rows(conn_state=["S0"] * 4, resp_bytes=[0] * 4, resp_packets=[0] * 4, **changes)
    assert numbers(made)["pair_hour_failed_share"].to_list() == [0, 0, 0, 0]
    assert numbers(made)["host_hour_empty_share"].to_list() == [0, 0, 0, 0]
