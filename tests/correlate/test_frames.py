"""The frames of sentences: one for whatever is known, of one and of several."""

from __future__ import annotations

import itertools

from correlate.made import facts, finding, frame
from lynceus.correlate import frames, incidents


def test_every_part_is_told_inside_outside_and_where_nobody_knows() -> None:
    parts = ("attacker", "infected", "maybe infected", "victim")
    assert set(frames.PARTS) == set(itertools.product(parts, (None, True, False)))
    for (_, inside), (one, many) in frames.PARTS.items():
        assert one != many
        for text in (one, many):
            assert ("inside the network" in text) == (inside is True)
            assert ("outside the network" in text) == (inside is False)


def test_what_was_tried_from_outside_names_what_is_known_of_it() -> None:
    outside = [f"203.0.113.{n}" for n in range(3)]

    def title(victims: list[str], port: int | None) -> str:
        known = facts(["10.0.0.9", "10.0.0.10"], outside)
        rows = [
            finding("brute_force", far, near, at_s=n, resp_p=port)
            for n, far in enumerate(outside)
            for near in victims
        ]
        [incident] = incidents(frame(*rows), facts=known)
        return incident.title

    assert title(["10.0.0.9"], 22).endswith(
        "on SSH (22/tcp) against 10.0.0.9 from outside, by 3 hosts"
    )
    assert title(["10.0.0.9"], None).endswith("guessing against 10.0.0.9 from outside, by 3 hosts")
    several = title(["10.0.0.9", "10.0.0.10"], 22)
    assert several.endswith("on SSH (22/tcp) against 2 inside hosts from outside, by 3 hosts")
