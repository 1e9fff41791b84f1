"""What is written as TOML is read back equal."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from lynceus.own.toml_text import toml

PLAIN = st.booleans() | st.integers(-(2**60), 2**60) | st.text(st.characters(codec="ascii"))


@given(PLAIN | st.lists(PLAIN) | st.dictionaries(st.from_regex(r"[a-z_]+", fullmatch=True), PLAIN))
def test_it_is_read_back_equal(value: object) -> None:
    if isinstance(value, str) and "\x7f" in value:
        return
    assert tomllib.loads(f"x = {toml(value)}") == {"x": value}
