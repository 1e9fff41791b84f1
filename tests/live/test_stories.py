"""An incident that grows keeps its id; two that turn out to be one say so."""

from __future__ import annotations

import polars as pl
import pytest

from lynceus.correlate import CorrelateConfig, JoinConfig
from lynceus.live import stories as module
from lynceus.live.stories import Stories
from lynceus.moments import NS
from lynceus.records import FINDING_SCHEMA

T0 = 1_714_550_400 * NS
HOUR = 3_600 * NS


def finding(number: int, orig_h: str, at_ns: int = T0, **more: object) -> dict[str, object]:
    return {
        "id": f"f{number:03}", "detector": "vertical_scan", "version": 1, "site": "s",
        "window_start_ns": at_ns, "window_end_ns": at_ns + 60 * NS, "orig_h": orig_h,
        "resp_h": "10.0.0.9", "orig_role": "attacker", "resp_role": "victim",
        "severity": "medium", "score": 0.9, "confidence": 0.8, "techniques": ["T1046"],
        "tactic": "discovery", "because": f"{orig_h} tried 100 ports of 10.0.0.9",
        "evidence": '{"ports": 100}', "first_seen_ns": at_ns, "last_seen_ns": at_ns + 60 * NS,
        "flows_total": 1, "flow_uids": ["C1"],
    } | more  # fmt: skip


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=FINDING_SCHEMA)


def tell(stories: Stories, *rows: dict[str, object]) -> list[tuple[str, set[str], str | None]]:
    new = stories.new(frame(*rows))
    facts = pl.DataFrame({"value": stories.ends(new)}).with_columns(
        inside=pl.lit(value=True), **{"class": pl.lit("private")}
    )
    return [
        (one.id, {f.id for f in one.findings}, one.merged_into) for one in stories.tell(new, facts)
    ]


def test_a_story_that_grows_keeps_its_id() -> None:
    stories = Stories()
    ((first, found, _),) = tell(stories, finding(1, "10.0.0.1"))
    assert found == {"f001"}
    ((again, found, _),) = tell(stories, finding(2, "10.0.0.1", T0 + 60 * NS, score=1.0))
    assert again == first
    assert found == {"f001", "f002"}


def test_what_was_told_is_not_told_again() -> None:
    stories = Stories()
    tell(stories, finding(1, "10.0.0.1"))
    assert tell(stories, finding(1, "10.0.0.1")) == []


def test_a_story_apart_is_another_incident_and_the_first_stays_untold() -> None:
    stories = Stories()
    ((first, _, _),) = tell(stories, finding(1, "10.0.0.1"))
    ((other, found, _),) = tell(stories, finding(2, "10.0.7.7", resp_h="10.0.8.8"))
    assert other != first
    assert found == {"f002"}


def test_two_stories_that_turn_out_to_be_one() -> None:
    stories = Stories(CorrelateConfig(JoinConfig(fast_gap_s=600, slow_gap_s=600)))
    ((first, _, _),) = tell(stories, finding(1, "10.0.0.1", T0))
    ((second, _, _),) = tell(stories, finding(2, "10.0.0.1", T0 + 1_000 * NS, resp_h="10.0.3.3"))
    assert first != second
    told = tell(stories, finding(3, "10.0.0.1", T0 + 500 * NS))
    assert sorted(told, key=lambda one: one[2] or "") == [
        (first, {"f001", "f002", "f003"}, None),
        (second, {"f002"}, first),
    ]
    assert tell(stories, finding(4, "10.0.0.1", T0 + 1_100 * NS))[0][0] == first


def test_what_is_long_past_is_settled_and_its_id_stays_its_own() -> None:
    stories = Stories()
    ((first, _, _),) = tell(stories, finding(1, "10.0.0.1"))
    stories.settle(T0 + 20 * HOUR)
    assert stories.findings == 1
    stories.settle(T0 + 26 * HOUR)
    assert stories.findings == 0
    ((later, found, _),) = tell(stories, finding(2, "10.0.0.1", T0 + 26 * HOUR))
    assert (later != first, found) == (True, {"f002"})


def test_it_goes_on_after_a_restart() -> None:
    stories = Stories()
    rows = frame(finding(1, "10.0.0.1"))
    facts = pl.DataFrame({"value": ["10.0.0.1", "10.0.0.9"], "inside": [True, True]})
    facts = facts.with_columns(**{"class": pl.lit("private")})
    (told,) = stories.tell(rows, facts)
    again = Stories()
    again.resume(rows, [told])
    assert again.tell(again.new(rows), facts) == []
    ((name, found, _),) = tell(again, finding(2, "10.0.0.1", T0 + 60 * NS))
    assert (name, found) == (told.id, {"f001", "f002"})


def test_what_is_held_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_OF_ONE", 10)
    monkeypatch.setattr(module, "MOST", 15)
    stories = Stories()
    for n in range(25):
        tell(stories, finding(n, "10.0.0.1", T0 + n * NS))
        stories.settle(T0 + n * NS)
    assert stories.findings <= 11
    for n in range(25, 40):
        tell(stories, finding(n, f"10.1.0.{n}", T0 + n * NS, resp_h=f"10.2.0.{n}"))
    stories.settle(T0)
    assert stories.findings == 15
    assert stories.settled_early > 0
