"""`broken_path_mtu`: packets too large for the path, again and again."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of
from lynceus.detect.broken_path_mtu import BrokenPathMtu

HOST, ROUTER = "10.0.0.8", "10.0.0.1"


def notices(count: int, every_s: float = 60.0, **columns: Any) -> list[dict[str, Any]]:
    usual = {"orig_h": ROUTER, "orig_p": 3, "resp_h": HOST, "resp_p": 4, "proto": "icmp"}
    return [{**usual, "orig_packets": 1, "at_s": n * every_s, **columns} for n in range(count)]


def test_notices_that_do_not_end() -> None:
    (finding,) = findings_of(BrokenPathMtu(), notices(55))
    assert (finding["resp_h"], finding["severity"]) == (HOST, "info")
    assert finding["because"] == (
        "10.0.0.8 was told 55 times within an hour by 1 router that its packets are too large for "
        "the path."
    )
    (six,) = findings_of(BrokenPathMtu(), notices(55, orig_p=2, resp_p=0, proto="icmp6"))
    assert six["evidence"]["notices"] == 55


SILENT = {
    "asking again every ten minutes": notices(6, 600.0),
    "a burst": notices(55, 1.0),
    "another notice": notices(55, resp_p=3),
    "a host that pings": notices(55, orig_p=8, resp_p=0),
}


@pytest.mark.parametrize("rows", SILENT.values(), ids=SILENT.keys())
def test_paths_at_work_are_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(BrokenPathMtu(), rows) == []
