"""What an incident may mean for the business: lynceus.correlate.stakes."""

from __future__ import annotations

from typing import Any

import pytest

from correlate.made import facts, finding, frame
from lynceus.correlate import incidents
from lynceus.incident import Sentence

A, B, OUT = "10.0.0.5", "10.0.0.9", "203.0.113.9"
PAYROLL = {
    "asset": "payroll", "asset_role": "database", "asset_owner": "finance",
    "asset_criticality": "critical",
}  # fmt: skip


def said(*rows: dict[str, Any], **of: dict[str, Any]) -> list[Sentence]:
    known = facts([A, B], [OUT], **{{"a": A, "b": B, "out": OUT}[name]: of[name] for name in of})
    [incident] = incidents(frame(*rows), facts=known)
    return [s for s in incident.sentences if s.text.startswith("At stake")]


@pytest.mark.parametrize(
    ("row", "means"),
    [
        (finding("lateral_movement", A, B), "can use what it holds and go on from there"),
        (finding("flood", A, B), "what depends on it may stand still"),
        (finding("brute_force", A, B), "the accounts that open it may be in other hands"),
    ],
)
def test_what_it_means_follows_from_what_was_done(row: dict[str, Any], means: str) -> None:
    [sentence] = said(row, b=PAYROLL)
    assert sentence.text.startswith(
        "At stake: payroll (database, owner finance), of critical worth; "
    )
    assert sentence.text.endswith(f"{means}.")
    assert sentence.findings == (row["id"],)
    assert sentence.about == "why"


def test_an_asset_that_attacks_may_be_lost_already() -> None:
    [sentence] = said(finding("lateral_movement", A, B), a=PAYROLL)
    assert "it acts against others" in sentence.text


def test_the_most_critical_are_named() -> None:
    other = {**PAYROLL, "asset": "mail", "asset_criticality": "medium"}
    rows = [finding("brute_force", OUT, h, resp_p=22, id=h) for h in (A, B)]
    [sentence] = said(*({**row, "techniques": ["T1078"]} for row in rows), a=PAYROLL, b=other)
    assert "payroll" in sentence.text
    assert "mail" not in sentence.text
    assert sentence.findings == (A,)


@pytest.mark.parametrize(
    ("row", "of"),
    [
        (finding("lateral_movement", A, B), {}),
        (finding("lateral_movement", A, B), {"b": {**PAYROLL, "asset_criticality": "low"}}),
        (finding("vertical_scan", A, B, severity="low"), {"b": PAYROLL}),
        (finding("beacon", A, OUT), {"out": PAYROLL}),
    ],
    ids=["unknown", "of little worth", "weak", "not ours"],
)
def test_nothing_is_said_where_nothing_of_worth_is_at_stake(
    row: dict[str, Any], of: dict[str, Any]
) -> None:
    assert said(row, **of) == []
