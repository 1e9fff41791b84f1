"""The words for the detectors of names, web requests, TLS and what is spoken where."""

from __future__ import annotations

import pytest

from lynceus import detect
from lynceus.correlate.phrases import PHRASES
from lynceus.correlate.phrases_of_content import CONTENT_PHRASES


def test_every_entry_speaks_of_a_detector() -> None:
    assert set(CONTENT_PHRASES) <= set(detect.load())


@pytest.mark.parametrize("name", CONTENT_PHRASES)
def test_every_phrase_is_whole(name: str) -> None:
    words = PHRASES[name]
    assert words is CONTENT_PHRASES[name], "no other table says it differently"
    assert words.why.endswith(".") and words.why[0].isupper()
    assert not any(text.endswith(".") for text in (words.noun, words.raises, words.lowers))
    assert any("{target}" not in one for one, _ in words.headlines), "the far end may be unknown"
