"""`new_admin_path`: hosts administer one another in a way that was not there before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detect.traffic import findings_of, session
from lynceus.detect.new_admin_path import NewAdminPath

DAY, HOUR = 86_400.0, 3_600.0
WEEK = 3 * DAY - 8 * HOUR
"""From the start of test time, a Monday at eight, to the Thursday on which a week begins."""
A, B, C, D = (f"10.0.0.{n}" for n in (30, 31, 32, 33))
SHARE, ADMIN = "10.0.0.2", "10.0.0.9"


def office(days: int = 3) -> list[dict[str, Any]]:
    """Clients at a file server, an administrator at his two servers, every day."""
    hosts = [f"10.0.0.{n}" for n in (*range(30, 36), 40)]
    return [
        row
        for day in range(days)
        for n, host in enumerate(hosts)
        for row in (
            session(host, SHARE, 445, WEEK + day * DAY + 60.0 * n),
            session(host, "203.0.113.5", 443, WEEK + day * DAY + 60.0 * n + 5),
            session(ADMIN, f"10.0.0.{2 + n % 2}", 22, WEEK + day * DAY + 300.0 * n),
        )
    ]


def hop(orig_h: str, resp_h: str, minutes: float, port: int = 3389) -> dict[str, Any]:
    return session(orig_h, resp_h, port, WEEK + 1.5 * DAY + 60.0 * minutes)


def found(rows: list[dict[str, Any]], **given: Any) -> list[tuple[Any, ...]]:
    return [
        (f["orig_h"], f["resp_h"], f["severity"])
        for f in findings_of(NewAdminPath(), rows, **given)
    ]


def test_a_host_that_is_reached_and_reaches_the_next() -> None:
    rows = [*office(), hop(A, B, 0), hop(B, C, 20, port=22)]
    (finding,) = findings_of(NewAdminPath(), rows)
    assert (finding["orig_h"], finding["resp_h"], finding["severity"]) == (B, C, "medium")
    assert finding["because"] == (
        "10.0.0.31 was reached by rdp from 10.0.0.30 and 20 m 0 s later reached 10.0.0.32 by ssh; "
        "neither path was there before."
    )
    assert finding["flows_total"] == 1


def test_a_path_that_goes_on_is_high() -> None:
    rows = [*office(), hop(A, B, 0), hop(B, C, 20), hop(C, D, 50)]
    assert found(rows) == [(B, C, "high"), (C, D, "medium")]


def test_a_first_path_is_worth_a_line() -> None:
    (finding,) = findings_of(NewAdminPath(), [*office(), hop(A, B, 0)])
    assert (finding["orig_h"], finding["resp_h"], finding["severity"]) == (A, B, "info")
    assert finding["because"] == (
        "10.0.0.30 administered another host for the first time: 10.0.0.31 by rdp (1 session)."
    )


def test_jump_hosts_are_low(tmp_path: Path) -> None:
    assets = tmp_path / "assets.csv"
    assets.write_text(f"address,name,role\n{B},jump1,jump host\n", encoding="utf-8")
    rows = [*office(), hop(A, B, 0), hop(B, C, 20)]
    assert (B, C, "low") in found(rows, assets=assets)


SILENT = {
    "an ordinary week": office(),
    "no day to learn from": [*office(1), hop(A, B, -2100), hop(B, C, -2080)],
    "paths of every day": [
        *office(),
        *(hop(A, B, m) for m in (-2000, 0)),
        *(hop(B, C, m) for m in (-1990, 10)),
    ],
    "a server that many turn to": [
        *office(),
        *(hop(f"10.0.0.{n}", B, n, port=445) for n in range(32, 36)),
    ],
    "an administrator at one host more": [*office(), hop(ADMIN, B, 0, port=22)],
    "refused": [*office(), {**hop(A, B, 0), "conn_state": "REJ", "history": "Sr", "resp_bytes": 0}],
}


@pytest.mark.parametrize("rows", SILENT.values(), ids=SILENT.keys())
def test_what_is_usual_is_silent(rows: list[dict[str, Any]]) -> None:
    assert found(rows) == []


def test_a_hop_hours_later_is_no_chain() -> None:
    assert found([*office(), hop(A, B, 0), hop(B, C, 90)]) == [(A, B, "info"), (B, C, "info")]
