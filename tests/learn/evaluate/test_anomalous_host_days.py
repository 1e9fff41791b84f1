"""Attacks found and others told, from hours that were made without a capture."""

from __future__ import annotations

import polars as pl
import pytest

from baseline.made import at, hours
from lynceus.baseline.state import State
from lynceus.learn import anomaly
from lynceus.learn.evaluate import anomalous_host_days
from lynceus.learn.evaluate.anomalous_host_days import ALL, SEASONAL, opinions
from lynceus.learn.made_days import MadeDay

pytest.importorskip("sklearn")

THIEF = "10.0.0.2"
HOSTS, USUAL = 6, 5


def day(number: int, attack: str | None = None) -> MadeDay:
    """A day of hosts; the attack sends two gigabytes in the night."""
    host = hours(HOSTS, 1, seed=20 + number, first_day=number)
    if attack:
        night = at(hours(HOSTS, 1, seed=1, first_day=number), 3)[:1]
        theft = night.with_columns(host=pl.lit(THIEF), outside_sent_bytes=pl.lit(2e9))
        host = pl.concat([host.filter(pl.col("host") != THIEF), theft])
    none = {name: one.history for name, one in State.empty().learned.items()}
    parties = frozenset({THIEF} if attack else ())
    return MadeDay({**none, "host": host}, attack, parties, frozenset())


@pytest.mark.long
def test_a_theft_is_found_and_counted_by_opinion_budget_and_attack(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(anomaly, "TREES", 20)
    monkeypatch.setattr(anomaly, "STEPS", 200)
    states = opinions([day(number) for number in range(USUAL)])
    assert {SEASONAL, "isolation_forest", "one_class", ALL} <= set(states)
    later = [day(USUAL + n, "exfiltration") for n in range(2)] + [day(USUAL + 2)]
    result = anomalous_host_days._result(states, later)
    told = {figure.name: figure.value for figure in result.figures}
    assert told[f"{SEASONAL}: attacks found"].startswith("0.6667")
    budgets, attacks = result.parts
    assert [row["wanted a day"] for row in budgets.rows] == ["1", "3", "10"]
    assert attacks.rows[0]["attack"] == "exfiltration"
    assert attacks.rows[0][SEASONAL] == "2" and attacks.rows[0]["days"] == "2"
    assert THIEF not in later[0].hosts
    assert f"{sum(len(one.hosts) for one in later)} days of hosts" in result.notes[0]
