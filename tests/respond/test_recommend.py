"""What to do, in which order: recommend and playbook."""

from __future__ import annotations

from typing import Any

import pytest

from correlate.made import TACTIC, facts, finding, frame
from lynceus import respond
from lynceus.correlate import incidents
from lynceus.incident import Incident
from lynceus.respond.playbook import NOTHING, OTHER, OUTSIDE, PLAYS
from lynceus.respond.recommend import MOST

INSIDE = ["10.0.0.5", "10.0.0.9"]
OUTSIDE_HOSTS = [f"203.0.113.{n}" for n in range(1, 6)]


def one(*rows: dict[str, Any]) -> Incident:
    [incident] = incidents(frame(*rows), facts=facts(INSIDE, OUTSIDE_HOSTS))
    return incident


@pytest.mark.parametrize("detector", [*TACTIC, *PLAYS, "odd_printer"])
@pytest.mark.parametrize("ends", [("10.0.0.5", "10.0.0.9"), ("10.0.0.5", None), (None, "10.0.0.9")])
def test_every_phenomenon_has_actions_now_and_later(
    detector: str, ends: tuple[str | None, str | None]
) -> None:
    incident = one(finding(detector, *ends))
    kinds = [a.split(": ")[0] for a in incident.recommended_actions]
    assert kinds == sorted(kinds, key=["Now", "Follow-up"].index)
    assert set(kinds) == {"Now", "Follow-up"}
    assert all(a.endswith(".") and "{" not in a for a in incident.recommended_actions)


def test_the_first_action_is_the_sentence_on_what_to_do() -> None:
    incident = one(finding("lateral_movement", "10.0.0.5", "10.0.0.9", resp_p=445))
    [sentence] = [s for s in incident.sentences if s.about == "action"]
    first = respond.first(incident.recommended_actions)
    assert sentence.text == f"What to do now: {first}"
    assert "SMB file sharing (445/tcp)" in sentence.text
    assert respond.first(()) is None


def test_an_attack_from_outside_is_answered_at_the_border() -> None:
    incident = one(finding("brute_force", "203.0.113.1", "10.0.0.9", resp_p=22))
    assert incident.recommended_actions[0] == "Now: Block 203.0.113.1 at the border."
    assert len(incident.recommended_actions) == len(OUTSIDE.now) + len(OUTSIDE.follow_up)


def test_many_hosts_are_not_listed_in_an_action() -> None:
    rows = [finding("brute_force", a, "10.0.0.9", resp_p=22) for a in OUTSIDE_HOSTS]
    assert one(*rows).recommended_actions[0] == "Now: Block the attacking hosts at the border."


def test_the_weightiest_phenomenon_speaks_first_and_nothing_twice() -> None:
    rows = [
        finding("vertical_scan", "10.0.0.5", "10.0.0.9", at_s=0),
        finding("horizontal_scan", "10.0.0.5", "10.0.0.9", at_s=1),
        finding("lateral_movement", "10.0.0.5", "10.0.0.9", at_s=2, resp_p=445),
        finding("beacon", "10.0.0.5", "203.0.113.1", at_s=3),
        finding("exfiltration", "10.0.0.5", "203.0.113.1", at_s=4),
    ]
    actions = one(*rows).recommended_actions
    assert len(actions) == len(set(actions))
    assert sum(a.startswith("Now: ") for a in actions) <= MOST
    assert actions[0].startswith("Now: Isolate 10.0.0.5 from the network")
    assert "transfer was wanted" in actions[1]
    assert "administrator" in actions[2]


def test_nothing_is_asked_where_nothing_is_wrong() -> None:
    incident = one(finding("unremarkable", "10.0.0.5", "203.0.113.1"))
    assert incident.recommended_actions == (
        f"Now: {NOTHING.now[0]}",
        f"Follow-up: {NOTHING.follow_up[0]}",
    )


def test_an_unknown_phenomenon_gets_the_general_steps() -> None:
    incident = one(finding("odd_printer", "10.0.0.5", "10.0.0.9"))
    assert incident.recommended_actions[0] == "Now: " + OTHER.now[0].format(actor="10.0.0.5")
