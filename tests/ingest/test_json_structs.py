from __future__ import annotations

import json

import polars as pl

from lynceus.ingest.json_structs import structs

SHAPE = {"a": pl.String(), "b": pl.Struct({"c": pl.String(), "d": pl.List(pl.String())})}


def read(*lines: str) -> tuple[list[dict[str, object]], list[bool]]:
    frame, sound = structs(pl.Series(list(lines), dtype=pl.String()), SHAPE)
    return frame.to_dicts(), sound.to_list()


def test_one_row_a_line_however_odd_the_lines_are() -> None:
    whole = '{"a": 5, "b": {"c": "x\\\\y", "d": [1, true]}}'
    rows, sound = read(whole, "{oops}", '{"b": [1]}', '{"b": {"d": {"k": 1}}}', "[]", whole)
    assert sound == [True, False, True, True, False, True]
    assert rows[0] == rows[5] == {"a": "5", "b": {"c": "x\\y", "d": ["1", "true"]}}
    assert rows[2] == {"a": None, "b": None}
    assert rows[3]["b"] == {"c": None, "d": None}


def test_the_fast_and_the_slow_way_agree() -> None:
    lines = [json.dumps({"a": str(n), "b": {"c": n, "d": [n]}}) for n in range(500)]
    fast, _ = read(*lines)
    slow, sound = read(*lines[:250], "{oops}", *lines[250:])
    del slow[250]
    assert slow == fast
    assert sound.count(False) == 1


def test_nothing_gives_no_rows() -> None:
    assert read() == ([], [])
