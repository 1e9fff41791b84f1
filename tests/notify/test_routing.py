"""`routing.py`: which incidents go which way."""

from __future__ import annotations

from typing import Any

import pytest

from lynceus.incident import Incident
from lynceus.notify.routing import Route, Routing, important, within
from notify.made import AT_NS, MINUTE_NS, incident


def routing(*routes: dict[str, Any]) -> Routing:
    made = (
        Route.model_validate({"name": str(n), "to": ["soc"], **r}) for n, r in enumerate(routes)
    )
    return Routing(tuple(made))


@pytest.mark.parametrize(
    ("route", "agrees"),
    [
        ({}, True),
        ({"severity": "critical"}, False),
        ({"severity": "low"}, True),
        ({"urgency": "today"}, True),
        ({"urgency": "now"}, False),
        ({"detectors": ["beacon", "dga"]}, True),
        ({"detectors": ["dga"]}, False),
        ({"sites": ["office"]}, True),
        ({"sites": ["plant"]}, False),
        ({"segments": ["10.0.0.0/24"]}, True),
        ({"segments": ["10.9.0.0/24", "2001:db8::/32"]}, True),
        ({"segments": ["10.9.0.0/24"]}, False),
        ({"criticality": "medium"}, True),
        ({"criticality": "critical"}, False),
        ({"hours": "wed 09:00-11:00"}, True),
        ({"hours": ["thu 09:00-11:00", "wed 11:00-12:00"]}, False),
    ],
)
def test_what_a_route_agrees_with(route: dict[str, Any], agrees: bool) -> None:
    one = incident(urgency="today")
    assert bool(routing(route).agreeing(one, AT_NS)) is agrees


def test_the_last_route_that_agrees_ends_the_search() -> None:
    names = [
        route.name
        for route in routing({"severity": "critical", "last": True}, {"last": True}, {}).agreeing(
            incident(), AT_NS
        )
    ]
    assert names == ["1"]


def test_of_several_ways_to_a_channel_the_soonest_counts() -> None:
    both = routing({"digest_min": 60}, {"to": ["soc", "boss"]})
    ways = both.ways(incident(), both.routes, AT_NS + MINUTE_NS)
    assert {name: way.due_ns - AT_NS for name, way in ways.items()} == {
        "soc": MINUTE_NS, "boss": MINUTE_NS,
    }  # fmt: skip


def test_a_digest_that_ends_in_quiet_hours_waits_for_their_end() -> None:
    one = routing({"digest_min": 60, "quiet": "11:00-12:30"})
    [way] = one.ways(incident(), one.routes, AT_NS).values()
    assert way.due_ns == AT_NS + 150 * MINUTE_NS
    assert way.held_for == "quiet hours until 2024-05-01T12:30:00Z"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, False),
        ({"score": 99.0}, False),
        ({"severity": "critical"}, True),
        ({"severity": "medium"}, False),
        ({"tactics": ("command-and-control", "exfiltration")}, True),
    ],
)
def test_what_people_want_to_be_told_again(changed: dict[str, Any], told: bool) -> None:
    assert important(incident(), incident(**changed)) is told


def test_names_lie_in_no_network() -> None:
    only_names: Incident = incident(entities=(incident().entities[2],))
    assert not within(only_names, routing({"segments": ["0.0.0.0/0", "::/0"]}).routes[0].segments)
