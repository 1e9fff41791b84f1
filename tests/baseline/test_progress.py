"""The state of learning, for people."""

from __future__ import annotations

import pytest

from baseline.made import hours
from lynceus.baseline.learning import moved_on
from lynceus.baseline.progress import lines_of, progress, told, usual_of
from lynceus.baseline.state import State


def test_how_long_until_it_is_ready() -> None:
    empty = State.empty()
    assert told(empty) == [
        "baseline: still learning (nothing seen yet), so nothing was compared with it"
    ]
    young = moved_on(empty, {"host": hours(5, 1, seed=1)})
    host = progress(young)[0]
    assert (host.entities, host.days, host.ready) == (5, 1, False)
    assert host.why_not == "2 of 3 days to go"
    assert "learning: 2 of 3 days to go" in lines_of(young)


def test_what_is_known(office: State) -> None:
    host, pair, *_ = progress(office)
    assert (host.entities, host.days, host.ready, host.why_not) == (12, 14, True, "")
    assert pair.why_not == "nothing seen yet"
    lines = lines_of(office)
    assert "hosts: 12 known by" in lines
    assert "weekends apart" in lines
    assert "roles: web client" in lines
    assert told(office) == [
        "baseline of pairs: still learning (nothing seen yet)",
        "baseline of services: still learning (nothing seen yet)",
        "baseline of flows: still learning (nothing seen yet)",
    ]


def test_what_is_usual_of_a_host(office: State) -> None:
    lines = usual_of(office, "10.0.0.3")
    assert "role: web client" in lines
    assert "outside_sent_bytes: in " in lines
    with pytest.raises(LookupError):
        usual_of(office, "192.0.2.1")
