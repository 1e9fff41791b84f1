"""`own/policy.py`: the rules of a TOML file, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detect.traffic import findings_of, session
from lynceus.own import OwnFileError
from lynceus.own.policy import load

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "policy.toml"
INSIDE, OUTSIDE, NIGHT_H = "10.0.0.5", "203.0.113.9", 15 * 3600.0
"""Test time begins at 8 in the morning, UTC: 15 hours later it is night."""


def broken(policy: Path, text: str, *rows: dict[str, Any]) -> list[str]:
    """The names of the rules that these flows break."""
    policy.write_text(text, encoding="utf-8")
    return [f["evidence"]["rule_name"] for f in findings_of(load(policy), rows)]


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return tmp_path / "policy.toml"


def rule(action: str = "forbid", **keys: object) -> str:
    lines = [f"{key} = {value}".replace("'", '"') for key, value in keys.items()]
    return "\n".join(["[[rule]]", f'action = "{action}"', *lines])


CASES = {
    "a network": (rule(to=["203.0.113.0/24"]), session(INSIDE, OUTSIDE, 443, 0)),
    "an address": (rule(to=["203.0.113.9"]), session(INSIDE, OUTSIDE, 443, 0)),
    "inside and outside": (
        '[[rule]]\naction = "forbid"\nfrom = ["outside"]\nto = ["inside"]',
        session(OUTSIDE, INSIDE, 22, 0),
    ),
    "a service by its content": (
        rule(services=["ssh"]), session(INSIDE, OUTSIDE, 2200, 0, service="ssh")
    ),
    "a service by its port": (rule(services=["telnet"]), session(INSIDE, OUTSIDE, 23, 0)),
    "ports": (rule(ports=[80, "6000-6010"]), session(INSIDE, OUTSIDE, 6005, 0)),
    "a protocol": (rule(protocols=["tcp"]), session(INSIDE, OUTSIDE, 443, 0)),
    "hours over midnight": (
        rule(hours=["22:00-06:00"]), session(INSIDE, OUTSIDE, 443, NIGHT_H)
    ),
    "a day": (rule(days=["mon"]), session(INSIDE, OUTSIDE, 443, 0)),
    "what nobody allows": (
        'default = "forbid"\n' + rule("allow", ports=[80]), session(INSIDE, OUTSIDE, 443, 0)
    ),
}  # fmt: skip

ALLOWED = {
    "another network": (rule(to=["198.51.100.0/24"]), session(INSIDE, OUTSIDE, 443, 0)),
    "the other way": (
        '[[rule]]\naction = "forbid"\nfrom = ["outside"]\nto = ["inside"]',
        session(INSIDE, OUTSIDE, 22, 0),
    ),
    "another service on its port": (
        rule(services=["telnet"]), session(INSIDE, OUTSIDE, 23, 0, service="http")
    ),
    "by day": (rule(hours=["22:00-06:00"]), session(INSIDE, OUTSIDE, 443, 0)),
    "by day, where it is day": (
        'timezone = "America/Los_Angeles"\n' + rule(hours=["22:00-06:00"]),
        session(INSIDE, OUTSIDE, 443, NIGHT_H),
    ),
    "another day": (rule(days=["tue", "sunday"]), session(INSIDE, OUTSIDE, 443, 0)),
    "what an earlier rule allows": (
        rule("allow", ports=[443]) + "\n" + rule(), session(INSIDE, OUTSIDE, 443, 0)
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "row"), CASES.values(), ids=CASES.keys())
def test_what_is_forbidden(policy: Path, text: str, row: dict[str, Any]) -> None:
    assert len(broken(policy, text, row)) == 1


@pytest.mark.parametrize(("text", "row"), ALLOWED.values(), ids=ALLOWED.keys())
def test_what_is_allowed(policy: Path, text: str, row: dict[str, Any]) -> None:
    assert broken(policy, text, row) == []


WRONG = {
    "default = ": ":1: is no TOML",
    'default = "deny"\n[[rule]]\naction = "allow"': ":1: default 'deny': expected allow or forbid",
    "": ":1: holds no rule",
    'x = 1\n[[rule]]\naction = "allow"': ":1: the policy has no 'x'",
    '[[rule]]\nactoin = "allow"': ":2: rule 1 has no 'actoin' (did you mean action?)",
    '[[rule]]\naction = "deny"': ":2: rule 1: action 'deny'",
    '[[rule]]\naction = "allow"\n\n[[rule]]\naction = "forbid"\nto = ["10.0.0.0/40"]':
        ":6: rule 2: '10.0.0.0/40' is no network",
    '[[rule]]\naction = "forbid"\nports = [70000]': ":3: rule 1: 70000 is no port",
    '[[rule]]\naction = "forbid"\nhours = ["22-6"]': ":3: rule 1: hours '22-6'",
    '[[rule]]\naction = "forbid"\ndays = ["someday"]': ":3: rule 1: day 'som'",
    '[[rule]]\naction = "forbid"\nlevel = "bad"': ":3: rule 1: level 'bad'",
    '[[rule]]\naction = "forbid"\ncountries = ["XX"]': ":3: rule 1: countries are not known",
    '[[rule]]\naction = "forbid"\nto = []': ":3: rule 1: to is empty",
    'timezone = "Moon"\n[[rule]]\naction = "allow"': ":1: timezone 'Moon' is not known",
}  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), WRONG.items())
def test_what_is_wrong_is_said_with_its_line(policy: Path, text: str, reason: str) -> None:
    policy.write_text(text, encoding="utf-8")
    with pytest.raises(OwnFileError) as error:
        load(policy)
    assert str(error.value).startswith(f"{policy}{reason}")


def test_the_example_is_a_policy() -> None:
    assert [r.name for r in load(EXAMPLE).rules][2] == "no clear-text logins"
