"""The actions for the detectors of volume, novelty, the local link and health."""

from __future__ import annotations

from lynceus.correlate.phrases_of_flows import FLOW_PHRASES
from lynceus.respond.play import Play
from lynceus.respond.playbook import PLAYS
from lynceus.respond.plays_of_flows import FLOW_PLAYS


def test_who_has_words_has_actions() -> None:
    assert set(FLOW_PLAYS) == set(FLOW_PHRASES)
    for name, play in FLOW_PLAYS.items():
        assert isinstance(play, Play)
        assert PLAYS[name] is play
        assert all(text.endswith(".") for text in (*play.now, *play.follow_up)), name
