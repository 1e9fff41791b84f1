"""`sensor_silence`: a source or exporter from which nothing comes any more."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of
from lynceus.detect.sensor_silence import SensorSilence

MINUTE = 60.0


def told(
    sensor: str, silent_s: list[int], usual_s: int = 30, orig_h: str | None = None
) -> list[dict[str, Any]]:
    """A row a minute, of these silences."""
    before = [max(0, s - 60) for s in silent_s]
    return [
        {"sensor": sensor, "silent_s": s, "silent_before_s": b, "usual_s": usual_s,
         "orig_h": orig_h, "at_s": n * MINUTE}
        for n, (s, b) in enumerate(zip(silent_s, before, strict=True))
    ]  # fmt: skip


SILENT = [*range(0, 3_600, 60)]


def test_an_exporter_that_falls_silent_is_told_once() -> None:
    rows = told("routers 192.0.2.1", SILENT, orig_h="192.0.2.1")
    (finding,) = findings_of(SensorSilence(), sensor_health=rows)
    assert (finding["orig_h"], finding["severity"]) == ("192.0.2.1", "low")
    assert finding["because"] == (
        "Nothing has come from routers 192.0.2.1 for 14 m 0 s; before it was silent for 30 s at "
        "most."
    )


def test_two_sources_are_two_findings() -> None:
    rows = [*told("zeek", SILENT), *told("lan", SILENT)]
    assert len(findings_of(SensorSilence(), sensor_health=rows)) == 2


def test_a_limit_that_is_passed_between_two_windows_is_seen() -> None:
    rows = told("zeek", [320, 380, 440, 500, 560, 620, 680])
    assert len(findings_of(SensorSilence(), sensor_health=rows)) == 1


@pytest.mark.parametrize(
    ("silent", "usual_s"),
    [([0] * 60, 30), ([0, 60, 120, 0, 60, 500, 0], 30), (SILENT, 1_800), ([7_200] * 9, 30)],
    ids=["speaks", "restarts", "is often silent", "was told before"],
)
def test_what_is_ordinary_is_not_told(silent: list[int], usual_s: int) -> None:
    assert findings_of(SensorSilence(), sensor_health=told("zeek", silent, usual_s)) == []
