"""The actions for the detectors of names, web requests, TLS and what is spoken where."""

from __future__ import annotations

from lynceus.correlate.phrases_of_content import CONTENT_PHRASES
from lynceus.respond.playbook import PLAYS
from lynceus.respond.plays_of_content import CONTENT_PLAYS


def test_who_has_words_has_actions() -> None:
    assert set(CONTENT_PLAYS) == set(CONTENT_PHRASES)
    for name, play in CONTENT_PLAYS.items():
        assert PLAYS[name] is play
        assert all(text.endswith(".") for text in (*play.now, *play.follow_up)), name
