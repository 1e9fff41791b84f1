"""`refused_loop`: a program asks again and again where nobody serves."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import attempt, findings_of
from lynceus.detect.refused_loop import RefusedLoop

HOST, SERVER = "10.0.0.8", "10.0.0.20"


def loop(count: int = 110, every_s: float = 30.0, **columns: Any) -> list[dict[str, Any]]:
    return [
        attempt(HOST, SERVER, 9200, n * every_s, **{"refused": True, **columns})
        for n in range(count)
    ]


def test_a_loop_is_told_with_how_often() -> None:
    (finding,) = findings_of(RefusedLoop(), loop())
    assert (finding["orig_h"], finding["resp_p"], finding["severity"]) == (HOST, 9200, "info")
    assert finding["because"] == (
        "10.0.0.8 was refused 110 times by 10.0.0.20 on port 9200 within 54 m 30 s: the service is "
        "not there."
    )


SILENT = {
    "a scan": [attempt(HOST, SERVER, 1 + n, n * 30.0, refused=True) for n in range(110)],
    "a moment": loop(every_s=1.0),
    "now and then": loop(20, every_s=170.0),
    "no answer at all": loop(refused=False),
    "from outside": [{**row, "orig_h": "203.0.113.9"} for row in loop()],
}


@pytest.mark.parametrize("rows", SILENT.values(), ids=SILENT.keys())
def test_what_is_no_loop_is_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(RefusedLoop(), rows) == []
