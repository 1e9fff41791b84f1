"""What hosts did beside their own history and their peers: counted here once more, row by row."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from baseline.made import MONDAY_NS, hours
from lynceus.baseline.comparison import with_comparison
from lynceus.baseline.season import DAY_NS, HOUR_NS
from lynceus.baseline.state import State
from lynceus.records import FINDING_SCHEMA

NIGHT_NS = MONDAY_NS + 20 * DAY_NS + 3 * HOUR_NS
"""A Sunday at 03:00, a week after what is known ends."""


def finding(host: str, at_ns: int = NIGHT_NS, **more: Any) -> pl.DataFrame:
    row = {"id": "a", "detector": "exfiltration", "site": "default", "orig_h": host,
           "resp_h": "203.0.113.7", "first_seen_ns": at_ns + HOUR_NS // 2,
           "last_seen_ns": at_ns + HOUR_NS // 2,
           "evidence": '{"orig_bytes": 412000000}'}  # fmt: skip
    return pl.DataFrame([row | more], schema=FINDING_SCHEMA)


def hour(host: str, at_ns: int = NIGHT_NS, **numbers: float) -> pl.DataFrame:
    """An hour like one of that host, but for these numbers."""
    like = hours(12, 1, seed=9).filter(pl.col("host") == host).head(1)
    values = {name: pl.lit(value) for name, value in numbers.items()}
    return like.with_columns(window_start_ns=pl.lit(at_ns, pl.Int64), **values)


def compared(usual: State, findings: pl.DataFrame, rows: pl.DataFrame) -> list[dict[str, Any]]:
    evidence = json.loads(with_comparison(findings, rows, usual)["evidence"][0])
    assert evidence["orig_bytes"] == 412_000_000
    told: list[dict[str, Any]] = evidence.get("compared", [])
    return told


def test_a_host_beside_its_history_and_its_peers(office: State) -> None:
    [told] = compared(office, finding("10.0.0.3"), hour("10.0.0.3", outside_sent_bytes=4.12e9))
    assert told["host"] == "10.0.0.3"
    assert told["stands_out"]
    assert (told["number"], told["observed"]) == ("outside_sent_bytes", 4.12e9)
    assert (told["season"], told["begin"], told["end"]) == ("kind_part", "03:00", "06:00")
    history = office.learned["host"].history
    own = history.filter(pl.col("host") == "10.0.0.3")
    clock = pl.col("window_start_ns") % DAY_NS // HOUR_NS
    weekend = (pl.col("window_start_ns") // DAY_NS + 3) % 7 >= 5
    night = own.filter(clock.is_between(3, 5), weekend)["outside_sent_bytes"]
    assert told["own_hours"] == len(night)
    assert told["known_hours"] == own.height
    if len(night):
        assert (told["own_low"], told["own_high"]) == (night.round(3).min(), night.round(3).max())
    role = dict(office.roles.select("host", "role").iter_rows())
    peers = [h for h in role if role[h] == role["10.0.0.3"] and h != "10.0.0.3"]
    theirs = history.filter(pl.col("host").is_in(peers))["outside_sent_bytes"]
    assert (told["peers"], told["peers_are"]) == (len(peers), role["10.0.0.3"])
    assert told["peers_low"] == theirs.round(3).min()
    assert told["peers_high"] == theirs.round(3).max()


def test_an_ordinary_hour_is_said_to_be_one(office: State) -> None:
    days = hours(12, 2, seed=5, first_day=14)
    at = days.select("host", "window_start_ns").rows()
    rows = pl.concat([finding(host, ns, id=f"{host} {ns}") for host, ns in at])
    evidence = with_comparison(rows, days, office)["evidence"]
    told = [json.loads(one)["compared"][0] for one in evidence]
    ordinary = [one for one in told if not one["stands_out"]]
    assert len(ordinary) > 0.95 * len(told)
    assert all(one["days"] == 14 and "number" not in one for one in ordinary)


def test_the_hour_of_the_finding_is_no_history_of_itself(office: State) -> None:
    before = office.learned["host"].history.filter(pl.col("host") == "10.0.0.1")
    at_ns = before["window_start_ns"][-1]
    loud = hour("10.0.0.1", at_ns, outside_sent_bytes=9e12)
    [told] = compared(office, finding("10.0.0.1", at_ns), loud)
    assert told["stands_out"]
    assert told["own_high"] < 9e12
    assert told["known_hours"] == before.height - 1


def test_a_host_that_is_new_is_compared_with_its_network(office: State) -> None:
    loud = hour("10.0.0.3", outside_sent_bytes=9e12).with_columns(host=pl.lit("10.0.0.77"))
    [told] = compared(office, finding("10.0.0.77"), loud)
    assert (told["known_hours"], told["own_hours"]) == (0, 0)
    assert (told["peers"], told["peers_are"]) == (12, "10.0.0.0/24")


def test_of_the_hours_of_a_finding_the_strangest_is_told(office: State) -> None:
    quiet = hour("10.0.0.3", NIGHT_NS - HOUR_NS)
    loud = hour("10.0.0.3", outside_sent_bytes=9e12)
    long = finding("10.0.0.3", first_seen_ns=NIGHT_NS - HOUR_NS, last_seen_ns=NIGHT_NS + 5)
    [told] = compared(office, long, pl.concat([quiet, loud]))
    assert told["hour"] == "2023-12-03 03:00"


def test_nothing_is_said_before_it_is_known(office: State) -> None:
    rows = hour("10.0.0.3", outside_sent_bytes=9e12)
    one = finding("10.0.0.3")
    assert with_comparison(one, rows, State.empty()).equals(one)
    assert with_comparison(one, rows.clear(), office).equals(one), "nothing was seen of the host"
    outside = finding("203.0.113.9")
    assert with_comparison(outside, rows, office).equals(outside)
    undated = finding("10.0.0.3", first_seen_ns=None, last_seen_ns=None)
    assert with_comparison(undated, rows, office).equals(undated)
