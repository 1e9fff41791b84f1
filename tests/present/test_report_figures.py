"""The numbers, spans and ticks of the report's figures."""

from __future__ import annotations

import pytest

from lynceus.present import report_figures


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1500, "1.5 kB"),
        (456_000, "456 kB"),
        (8.9e9, "8.9 GB"),
        (2e18, "2,000 PB"),
    ],
)
def test_sizes(amount: float, text: str) -> None:
    assert report_figures.size_text(amount) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.25, "250 ms"), (20, "20 s"), (90, "1 min 30 s"), (3600, "1 h"), (100_000, "1 d 3 h")],
)
def test_spans(seconds: float, text: str) -> None:
    assert report_figures.span_text(seconds) == text


def test_time_ticks_are_round_and_inside() -> None:
    for span in (1, 59, 3600, 86_400, 10**6, 10**8):
        ticks = report_figures.time_ticks(1_714_557_611.0, 1_714_557_611.0 + span, 50.0, 900.0)
        assert len(ticks) <= 8
        assert all(50 <= t.at <= 950 for t in ticks)
