from __future__ import annotations

import json

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from lynceus.ingest.json_lines import lists, objects


def test_values_are_text_as_written() -> None:
    line = '{"a": 1665150785.996414, "b": true, "c": ["x", 1], "d": null, "e": "\\u00e9\\n"}'
    frame, wrong = objects(line.encode(), "abcdef")
    assert wrong == 0
    assert frame.row(0)[:2] == ("1665150785.996414", "true")
    assert json.loads(frame["c"][0]) == ["x", 1]
    assert frame.row(0)[3:] == (None, "é\n", None)


def test_one_broken_line_costs_no_other() -> None:
    lines = ['{"a": 1}', "GARBAGE", '{"a": }', '{"a": "\\ud800"}', "[1]", '{"a": [1, {"b": 2}]}']
    frame, wrong = objects("\n".join(lines).encode(), ["a"])
    assert (frame["a"][0], frame.height, wrong) == ("1", 3, 3)


def test_lists() -> None:
    told = pl.Series("l", ['["a","b\\"]"]', "[]", "[1, 2.5]", "plain", '[["x"]]', "[a", None, "{}"])
    assert lists(told).to_list() == [
        ["a", 'b"]'],
        [],
        ["1", "2.5"],
        ["plain"],
        None,
        None,
        None,
        None,
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=5,
)


@settings(deadline=None)
@given(st.lists(JSON.map(json.dumps) | st.text(alphabet='{}[]":,a1\\', max_size=12), max_size=6))
def test_any_lines_are_read_or_counted(lines: list[str]) -> None:
    frame, wrong = objects("\n".join(lines).encode(), ["a", "b"])
    assert frame.height + wrong == sum(1 for line in lines if line.strip())
    assert lists(frame["a"]).len() == frame.height
