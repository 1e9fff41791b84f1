"""The actions for the detectors of logins, Windows domains and file shares."""

from __future__ import annotations

from lynceus.correlate.phrases_of_domains import DOMAIN_PHRASES
from lynceus.respond.playbook import PLAYS
from lynceus.respond.plays_of_domains import DOMAIN_PLAYS


def test_who_has_words_has_actions_that_say_who_and_where() -> None:
    assert set(DOMAIN_PLAYS) == set(DOMAIN_PHRASES)
    for name, play in DOMAIN_PLAYS.items():
        assert PLAYS[name] is play
        assert play.now
        assert play.follow_up
