from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from lynceus.lab.attacks import ATTACKS
from lynceus.lab.evasions import Evasions, LabError, choose

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "lab.md").read_text(encoding="utf-8")
NAMES = [f.name for f in fields(Evasions)]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_says_which_attacks_take_it(name: str) -> None:
    row = next(line for line in PAGE.splitlines() if re.match(rf"\| `--{name}\b", line))
    told = row.rstrip("| ").rsplit("| ", 1)[-1]
    named = {a for a in ATTACKS if re.search(rf"\b{a}\b", told)}
    if told.startswith("all"):
        named = set(ATTACKS) - named
    assert named == {a for a, attack in ATTACKS.items() if name in attack.takes}


def test_only_what_was_given_and_is_taken_counts() -> None:
    knobs = Evasions(jitter=0.2, slow=3.0, ports=5)
    assert knobs.given() == {"jitter", "slow", "ports"}
    assert knobs.taking(("slow", "style")) == Evasions(slow=3.0)
    assert knobs.used(found=1) == {"jitter": 0.2, "slow": 3.0, "ports": 5, "found": 1}


def test_a_choice_is_the_given_one_or_the_drawn_one() -> None:
    assert choose("style", None, ("a", "b"), "b") == "b"
    assert choose("style", "a", ("a", "b"), "b") == "a"
    with pytest.raises(LabError, match="style must be one of a, b"):
        choose("style", "c", ("a", "b"), "b")
