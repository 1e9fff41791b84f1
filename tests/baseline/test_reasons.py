"""Which hours are told, and why."""

from __future__ import annotations

import polars as pl

from baseline.made import at, hours
from lynceus.baseline.reasons import told
from lynceus.baseline.state import State


def strange(office: State, clock: int, **numbers: float) -> list[dict[str, object]]:
    rows = at(hours(12, 5, seed=12, first_day=14), clock)
    changed = rows.with_columns(**{name: pl.lit(value) for name, value in numbers.items()})
    return told(office.wanting(10.0).learned["host"], changed, office.roles).to_dicts()


def test_a_theft_at_night_in_words(office: State) -> None:
    found = strange(office, 3, outside_sent_bytes=2e9)
    assert found
    for row in found:
        reasons = row["reasons"]
        assert isinstance(reasons, list)
        assert 1 <= len(reasons) <= 5
        first = reasons[0]
        assert first["number"] == "outside_sent_bytes"
        assert first["text"].startswith("sent 2.0 GB outside (")
        assert first["observed"] == 2e9
        assert first["high"] < 2e9
        assert [r["share"] for r in reasons] == sorted((r["share"] for r in reasons), reverse=True)
        assert row["like"] == "data theft"
        assert str(row["nearest"]).startswith("10.0.0.")
    seasonal = [r["reasons"][0]["text"] for r in found]  # type: ignore[index]
    assert any("03:00 to 06:00" in text for text in seasonal)


def test_a_scan_is_told_as_one(office: State) -> None:
    found = strange(office, 11, failed_flows=4e3, flows=4.1e3, ports=900.0, inside_hosts=240.0)
    assert found
    assert {row["like"] for row in found} == {"scanning"}
    text = " ".join(r["text"] for r in found[0]["reasons"])  # type: ignore[attr-defined]
    assert "tried 4000 flows in vain" in text
    assert "turned to 240 hosts inside" in text


def test_ordinary_hours_are_not_told(office: State) -> None:
    rows = at(hours(12, 1, seed=12, first_day=14), 10)
    assert told(office.wanting(0.01).learned["host"], rows, office.roles).is_empty()
