from __future__ import annotations

import polars as pl

from lynceus.ingest.beside import nested, nothing_but
from lynceus.ingest.devices import SHAPES


def test_a_row_of_another_table_stands_beside_where_it_is_told() -> None:
    frame = pl.DataFrame({"word": ["Accepted", "Closed"], "tries": ["3", "x"]})
    told = frame.select(
        login=nested("login", pl.col("word") == "Accepted", method="word", attempts="tries")
    )["login"]
    assert told.dtype == pl.Struct(SHAPES["login"])
    assert told[1] is None
    assert told[0]["method"] == "Accepted"
    assert (told[0]["attempts"], told[0]["success"]) == (3, None)


def test_stars_and_dashes_are_nothing() -> None:
    frame = pl.DataFrame({"user": ["", "-", "*****", "*x", "ann"]})
    assert frame.select(nothing_but(pl.col("user")))["user"].to_list() == [
        None, None, None, "*x", "ann",
    ]  # fmt: skip
