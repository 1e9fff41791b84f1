"""The words for the detectors of volume, novelty, the local link and health."""

from __future__ import annotations

import pytest

from lynceus import detect
from lynceus.correlate.phrase import Phrase
from lynceus.correlate.phrases import PHRASES
from lynceus.correlate.phrases_of_flows import FLOW_PHRASES


def test_every_entry_speaks_of_a_detector() -> None:
    assert set(FLOW_PHRASES) <= set(detect.load())


@pytest.mark.parametrize("name", FLOW_PHRASES)
def test_every_phrase_is_whole(name: str) -> None:
    words: Phrase = PHRASES[name]
    assert words is FLOW_PHRASES[name], "no other table says it differently"
    assert words.why.endswith(".") and words.why[0].isupper()
    assert not any(text.endswith(".") for text in (words.noun, words.raises, words.lowers))
