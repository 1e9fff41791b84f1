from __future__ import annotations

from lynceus.learn.made_days import made_day


def test_a_day_has_hours_of_all_kinds_and_says_who_attacked() -> None:
    made = made_day(1, "vertical_scan", scale=0.05)
    assert made.attack == "vertical_scan" and made.parties
    assert all(made.hours[name].height for name in ("host", "pair", "service", "flow"))
    assert len(made.hosts) > 10
    assert not made.parties & made.hosts
    assert made.parties & set(made.hours["host"]["host"])
