"""`lynceus top` shows a status as it is told."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from rich.console import Console

from lynceus.cli import execute
from lynceus.cli.top import shown
from lynceus.live.status import Status
from lynceus.live.watch import Watch

NOW = 1_714_550_400_000_000_000


def source(rows: int) -> dict[str, object]:
    return {"state": "degraded", "reason": "no such [bold]interface", "failures": 1, "rows": rows,
            "heard": "2024-05-01T08:00:01Z", "dropped": {"shed": 5}}  # fmt: skip


def text(now: Status, before: Status | None = None, at_ns: int = NOW) -> str:
    console = Console(width=120)
    with console.capture() as said:
        console.print(shown(asdict(now), asdict(before) if before else None, at_ns))
    return said.get()


def test_sources_have_rates_and_reasons() -> None:
    before = Status(at_ns=NOW - 2_000_000_000, sources={"lan": source(1_000)})
    now = Status(
        at_ns=NOW, ready=True, lag_s=0.4, sources={"lan": source(3_000)}, dropped={"late": 3},
        degraded={"ledger": "gone"}, incidents={"high": 2},
    )  # fmt: skip
    told = text(now, before)
    assert "3,000" in told
    assert "1,000" in told, "rows a second"
    assert "no such [bold]interface" in told
    assert "ledger: gone" in told
    assert "2 high" in told
    assert "late 3" in told


def test_a_run_that_hangs_is_said() -> None:
    assert "no turn for 20 s" in text(Status(at_ns=NOW), at_ns=NOW + 20_000_000_000)


def test_one_look_at_a_run_that_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    watch = Watch("127.0.0.1:0")
    try:
        assert execute(["top", f"127.0.0.1:{watch.port}", "--once"]) == 0
    finally:
        watch.close()
    assert "not counting" in capsys.readouterr().out


@pytest.mark.parametrize("where", ["127.0.0.1:1", "no such host:x", "\x00"])
def test_where_no_run_is_one_line_says_so(where: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["top", where, "--once"]) == 2
    assert "no run can be watched there" in capsys.readouterr().err
