"""What must not leave is replaced, and comes back: lynceus.rewrite.mask."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynceus.rewrite.mask import Mask

TEXT = "10.0.0.5 (ws-uwe, uwe) at 00:d8:61:12:0e:4b sent 8.9 GB to c2.example.net, 2001:db8::7."


def test_addresses_and_names_leave_as_placeholders() -> None:
    mask = Mask(["ws-uwe", "uwe"])
    hidden = mask.hide(TEXT)
    for word in ("10.0.0.5", "uwe", "00:d8", "example", "2001:db8"):
        assert word not in hidden
    assert "8.9 GB" in hidden
    assert mask.show(hidden) == TEXT


def test_one_thing_has_one_placeholder() -> None:
    mask = Mask()
    assert mask.hide("10.0.0.5 and 10.0.0.5") == "X1X and X1X"
    assert mask.hide("10.0.0.6, 10.0.0.5") == "X2X, X1X"


def test_a_name_within_a_word_is_no_name() -> None:
    assert Mask(["ann"]).hide("annual plan of ann") == "annual plan of X1X"


def test_what_was_never_hidden_is_never_made_up() -> None:
    mask = Mask()
    mask.hide("10.0.0.5")
    assert mask.show("X1X and X7X") == "10.0.0.5 and X7X"


def test_nothing_can_be_hidden_too() -> None:
    assert Mask.nothing().hide(TEXT) == TEXT


@given(
    st.lists(st.sampled_from(["10.0.0.5", "X1X", "x.example.net", "a", "fe80::1", "X2X."])),
    st.sampled_from([[], ["a"], ["X1X"]]),
)
def test_what_comes_back_is_what_left(words: list[str], names: list[str]) -> None:
    mask = Mask(names)
    text = " ".join(words)
    assert mask.show(mask.hide(text)) == text


@pytest.mark.parametrize("text", ["a" * 20_000, ":" * 20_000, "1." * 10_000, "a." * 10_000])
def test_long_texts_take_no_time(text: str) -> None:
    mask = Mask()
    assert mask.show(mask.hide(text)) == text
