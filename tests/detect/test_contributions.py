"""`contributions`: what a model said of a group of flows, as numbers and words."""

from __future__ import annotations

import json

import polars as pl

from lynceus.detect.contributions import mean_of, reasons_of

STRONGEST = [
    {"name": "gap_s_mean", "unit": "s", "value": 60.0, "low": 0.01, "high": 3.0, "adds": 1.0},
    {"name": "proto_tcp", "unit": "0 or 1", "value": None, "low": None, "high": None, "adds": 0.1},
]


def test_a_mean_of_millionths_is_certain_where_nothing_was_told() -> None:
    rows = pl.DataFrame({"sum": [1_900_000, None], "connections": [2, 3]})
    assert rows.select(mean_of("sum")).to_series().to_list() == [0.95, 1.0]


def test_reasons_are_words_with_the_usual_range_where_it_is_known() -> None:
    rows = pl.DataFrame({"strongest": ["0990000|" + json.dumps({"strongest": STRONGEST}), None]})
    told, nothing = rows.select(reasons_of()).to_series().to_list()
    assert told == ["gap s mean 60.0 s (usually 0.01 to 3.0)", "proto tcp unknown"]
    assert nothing == []
