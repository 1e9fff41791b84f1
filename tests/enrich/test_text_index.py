"""`text_index`: texts among millions."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynceus.enrich import text_index
from lynceus.enrich.text_index import TextIndex

TEXT = st.text(alphabet="ab.é", max_size=3)


@given(st.lists(TEXT, max_size=12), st.lists(st.none() | TEXT, max_size=12))
def test_as_a_dictionary_does(known: list[str], asked: list[str | None]) -> None:
    found = TextIndex(pl.Series(known, dtype=pl.String)).find(pl.Series(asked, dtype=pl.String))
    assert found.tolist() == [known.index(one) if one in known else -1 for one in asked]


def test_texts_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_index, "_hashes", lambda t: np.full(len(t), 7, dtype=np.uint64))
    index = TextIndex(pl.Series(["a", "b", "c"]))
    assert index.find(pl.Series(["c", "x", "a", None, "b"])).tolist() == [2, -1, 0, -1, 1]
    assert len(index) == 3
