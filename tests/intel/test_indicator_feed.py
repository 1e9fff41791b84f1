"""`indicator_feed`: the door that every feed comes through."""

from __future__ import annotations

import pytest

from lynceus.intel.feeds import BUILTIN, formats
from lynceus.registry import snake_case


@pytest.mark.parametrize("name", formats())
def test_every_feed_has_one_name_and_says_what_it_is(name: str) -> None:
    feed = formats()[name]
    assert feed.title
    assert isinstance(feed.adds, bool)
    assert feed.__module__ == f"lynceus.intel.feeds.{name}"
    assert feed().entries


def test_the_names_are_those_of_the_classes() -> None:
    assert [snake_case(cls.__name__) for cls in BUILTIN] == list(formats())[: len(BUILTIN)]
