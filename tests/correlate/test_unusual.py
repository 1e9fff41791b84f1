"""The sentences about what is unusual, and that their numbers stand in the evidence."""

from __future__ import annotations

from typing import Any

import pytest

from correlate.made import facts, finding, frame
from correlate.test_narrate import check_grounded
from lynceus.correlate import incidents

TOLD: dict[str, Any] = {
    "host": "10.0.0.5", "hour": "2024-05-05 03:00", "days": 24, "known_hours": 310,
    "stands_out": True, "number": "outside_sent_bytes", "observed": 412e6, "season": "day_part",
    "weekday": 6, "begin": "03:00", "end": "06:00", "own_hours": 9, "own_low": 0.0,
    "own_high": 9e6, "peers": 4, "peers_are": "printer", "peers_low": 0.0, "peers_high": 40e6,
}  # fmt: skip


def sentences(*compared: dict[str, Any], detector: str = "exfiltration") -> list[str]:
    known = facts(["10.0.0.5", "10.0.0.9"], ["203.0.113.9"])
    row = finding(detector, "10.0.0.5", "203.0.113.9", evidence={"compared": list(compared)})
    [incident] = incidents(frame(row), facts=known)
    check_grounded(incident)
    return [s.text for s in incident.sentences if s.about == "why"]


def test_beside_its_history_and_its_peers() -> None:
    assert sentences(TOLD)[0] == (
        "10.0.0.5 sent 412 MB outside in the hour from 2024-05-05 03:00 UTC; its Sundays 03:00 to "
        "06:00: 0 to 9 MB in 9 hours; 4 other hosts here (printer): 0 to 40 MB."
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"season": "kind_part"}, "its weekends 03:00 to 06:00: "),
        ({"season": "kind_part", "weekday": 2}, "its working days 03:00 to 06:00: "),
        ({"season": "part"}, "its hours from 03:00 to 06:00: "),
        ({"own_hours": 0}, "its Sundays 03:00 to 06:00: not heard of in 24 days; 4 other"),
        ({"own_high": 0.0}, ": none in 9 hours; "),
        ({"own_hours": 1, "own_low": 9e6}, ": 9 MB in 1 hour; "),
        ({"peers": 0}, "0 to 9 MB in 9 hours."),
        ({"number": "outside_hosts", "observed": 1.0}, "turned to 1 host outside"),
        ({"number": "longest_s", "observed": 272.0}, "stayed connected for 4 m 32 s"),
    ],
)
def test_what_is_known_is_said_and_no_more(change: dict[str, Any], said: str) -> None:
    assert said in sentences(TOLD | change)[0]


def test_an_ordinary_hour() -> None:
    assert sentences(TOLD | {"stands_out": False})[0] == (
        "Nothing that 10.0.0.5 did then stands out from the 24 days of its history or from its "
        "peers."
    )


def test_what_is_not_known_is_said_once() -> None:
    new = TOLD | {"known_hours": 0, "own_hours": 0, "stands_out": False}
    told = sentences(new, new | {"host": "10.0.0.9"})
    assert told[0] == (
        "No hour of 10.0.0.5 and 10.0.0.9 was known before: what is usual there is not known."
    )
    assert not [text for text in told[1:] if "known" in text]
    loud = sentences(new | {"stands_out": True})
    assert "4 other hosts here (printer)" in loud[0]
    assert "what is usual there is not known" in loud[1]


def test_evidence_of_others_that_bears_the_name_is_passed_over() -> None:
    assert sentences({"host": "10.0.0.5"}, TOLD | {"number": "odd"}) == sentences()
