"""The words for the detectors of logins, Windows domains and file shares."""

from __future__ import annotations

import pytest

from lynceus import detect
from lynceus.correlate.phrases import PHRASES
from lynceus.correlate.phrases_of_domains import DOMAIN_PHRASES


def test_every_entry_speaks_of_a_detector() -> None:
    assert set(DOMAIN_PHRASES) <= set(detect.load())


@pytest.mark.parametrize("name", DOMAIN_PHRASES)
def test_the_last_title_needs_the_actor_alone(name: str) -> None:
    words = PHRASES[name]
    assert words is DOMAIN_PHRASES[name], "no other table says it differently"
    for form in words.headlines[-1]:
        assert "{service}" not in form
        assert ("{target}" in form) != ("{actor}" in form)
    assert words.why.endswith(".")
