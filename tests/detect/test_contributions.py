"""`contributions`: what a model said of a group of flows, as numbers and words."""

from __future__ import annotations

import json

import polars as pl
import pytest

from lynceus.detect.contributions import mean_of, nearest_of, reasons_of

STRONGEST = [
    {"name": "gap_s_mean", "unit": "s", "value": 60.0, "low": 0.01, "high": 3.0, "adds": 1.0},
    {"name": "proto_tcp", "unit": "0 or 1", "value": None, "low": None, "high": None, "adds": 0.1},
]


def test_a_mean_of_millionths_is_certain_where_nothing_was_told() -> None:
    rows = pl.DataFrame({"sum": [1_900_000, None], "connections": [2, 3]})
    assert rows.select(mean_of("sum")).to_series().to_list() == [0.95, 1.0]


def test_reasons_are_words_with_the_usual_range_where_it_is_known() -> None:
    rows = pl.DataFrame({"strongest": ["0010000|a\n" + json.dumps({"strongest": STRONGEST}), None]})
    told, nothing = rows.select(reasons_of()).to_series().to_list()
    assert told == ["gap s mean 60 s (usually 0.01 s to 3 s)", "proto tcp unknown"]
    assert nothing == []


@pytest.mark.parametrize(
    ("name", "unit", "value", "said"),
    [
        (
            "orig_packets_per_s",
            "packets per second",
            12_412.0,
            "originator's packets a second 12400",
        ),
        ("resp_ip_bytes_per_packet", "bytes", 40.0, "responder's bytes a packet 40 bytes"),
        ("ip_bytes_per_s", "bytes per second", 5e6, "bytes a second 5.0 MB"),
        ("duration_s", "s", 0.0312, "duration 0.0312 s"),
        ("resp_share_of_packets", "0 to 1", 0.5, "responder's share of packets 0.5"),
    ],
)
def test_a_number_is_told_in_its_unit(name: str, unit: str, value: float, said: str) -> None:
    one = {"name": name, "unit": unit, "value": value, "low": None, "high": None, "adds": 1.0}
    rows = pl.DataFrame({"strongest": ["1|a\n" + json.dumps({"strongest": [one]})]})
    assert rows.select(reasons_of()).to_series().to_list() == [[said]]


def test_the_nearest_examples_are_named() -> None:
    known = [{"label": "DoS Hulk", "dataset": "cicids2017", "distance": 0.12}]
    rows = pl.DataFrame({"strongest": ["1|a\n" + json.dumps({"nearest": known}), "1|a\n{}"]})
    told = rows.select(nearest_of()).to_series().to_list()
    assert told == [["DoS Hulk of cicids2017"], []]
