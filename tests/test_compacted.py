"""What is held for long holds its own text alone."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lynceus.compacted import VIEW_BYTES, bytes_of, compacted


def test_the_rows_are_the_same() -> None:
    frame = pl.DataFrame(
        {
            "text": ["a text that is longer than a view", None, ""],
            "list": [["x", "another text that is longer than a view"], [], None],
            "struct": [{"a": "text", "b": 1}, {"a": None, "b": None}, None],
            "number": [1, None, 3],
            "numbers": [[1, None], [], None],
        }
    )
    for given in (frame, frame.clear(), frame.select("number", "numbers"), pl.concat([frame] * 3)):
        told = compacted(given)
        assert_frame_equal(told, given)
        assert told.n_chunks() == 1


def test_a_text_takes_more_than_its_characters() -> None:
    numbers = pl.DataFrame({"n": [1, 2]})
    assert bytes_of(numbers) == numbers.estimated_size()
    texts = pl.DataFrame({"text": ["ab", "c"], "list": [["x", "y"], ["z"]]})
    assert bytes_of(texts) == texts.estimated_size() + 5 * VIEW_BYTES


HOLDS_FEW_OF_MANY = """
    import sys
    import polars as pl
    from lynceus.compacted import compacted

    def held_mib():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096 / 2**20

    def few(turn):
        many = pl.DataFrame({"n": range(100_000)}).with_columns(
            text=pl.format("text {} of {} that is longer than a view", "n", pl.lit(turn))
        )
        some = many.filter(pl.col("n") % 1_000 == 0)
        return compacted(some) if sys.argv[1] == "compacted" else some

    few(0)
    before = held_mib()
    held = [few(turn) for turn in range(16)]
    print(held_mib() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc tells of memory")
def test_the_text_of_other_rows_is_held_no_longer() -> None:
    def held_mib(how: str) -> float:
        # What is freed goes back at once, so that what is left is what is held.
        given_back = {"_RJEM_MALLOC_CONF": "dirty_decay_ms:0,muzzy_decay_ms:0"}
        program = [sys.executable, "-c", textwrap.dedent(HOLDS_FEW_OF_MANY), how]
        told = subprocess.run(
            program, env={**os.environ, **given_back}, capture_output=True, check=True
        )
        return float(told.stdout)

    assert held_mib("compacted") < held_mib("as it is") / 3
