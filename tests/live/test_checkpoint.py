"""A checkpoint comes back equal, and nothing else comes back."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from lynceus.account import Account
from lynceus.live.checkpoint import CheckpointError, packed, unpacked

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(PLAIN)
@settings(max_examples=8)
def test_plain_values_come_back_equal(value: object) -> None:
    assert unpacked(packed(value)) == value


def test_frames_and_accounts_come_back_equal() -> None:
    frame = pl.DataFrame(
        {"a": [1, None, 3], "b": [["x"], [], None], "c": [b"\x00", None, b"\xff"]},
        schema={"a": pl.UInt16, "b": pl.List(pl.String), "c": pl.Binary},
    )
    account = Account(received=3, kept=2, dropped=Counter(late=1), unseen={"packets": (7, 1)})
    back = unpacked(packed({"frames": [frame, frame.clear()], "account": account, 5: {"x"}}))
    assert_frame_equal(back["frames"][0], frame)
    assert_frame_equal(back["frames"][1], frame.clear())
    assert back["account"] == account
    assert back[5] == {"x"}


@given(st.integers(min_value=0), st.integers(1, 255))
def test_a_damaged_checkpoint_is_refused(at: int, flip: int) -> None:
    data = bytearray(packed({"frame": pl.DataFrame({"a": [1, 2]}), "n": 7}))
    data[at % len(data)] ^= flip
    with pytest.raises(CheckpointError):
        unpacked(bytes(data))


def test_what_is_cut_short_or_no_checkpoint_is_refused() -> None:
    data = packed([1, 2, 3])
    for wrong in (b"", b"x", data[:-1], b"\x80\x04pickle", data[:40]):
        with pytest.raises(CheckpointError):
            unpacked(wrong)


def test_code_cannot_stand_in_a_checkpoint() -> None:
    with pytest.raises(TypeError, match="function"):
        packed({"call": lambda: None})
