"""`top_talker`: one host takes most of the link."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of, session
from lynceus.detect.top_talker import TopTalker

HOST, GB = "10.0.0.8", 1_000_000_000


def moves(size: int, host: str = HOST) -> dict[str, Any]:
    return session(host, "203.0.113.80", 443, 60.0, orig_bytes=9_000, resp_bytes=size,
                   duration_s=900.0)  # fmt: skip


OTHERS = [moves(GB // 2, f"10.0.0.{20 + n}") for n in range(4)]


def test_most_of_the_link() -> None:
    (finding,) = findings_of(TopTalker(), [*OTHERS, moves(8 * GB)])
    assert (finding["orig_h"], finding["severity"]) == (HOST, "info")
    assert finding["because"] == (
        "10.0.0.8 exchanged 8.0 GB with the outside within an hour (17.8 Mbit/s on average), 80 % "
        "of what 5 inside hosts did together."
    )


SILENT = {
    "less than half": [*(moves(8 * GB, f"10.0.0.{n}") for n in range(9))],
    "not much": [*OTHERS, moves(4 * GB)],
    "nobody else": [moves(8 * GB)],
    "inside": [*OTHERS, {**moves(8 * GB), "resp_h": "10.0.0.9"}],
    "sizes unknown": [{**row, "orig_bytes": None, "resp_bytes": None, "total_bytes": None}
                      for row in [*OTHERS, moves(8 * GB)]],
}  # fmt: skip


@pytest.mark.parametrize("rows", SILENT.values(), ids=SILENT.keys())
def test_links_with_room_are_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(TopTalker(), rows) == []
