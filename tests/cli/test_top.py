"""`lynceus top` shows a status as it is told."""

from __future__ import annotations

import json
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path

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


def text(now: Status, before: Status | None = None, at_ns: int = NOW, columns: int = 120) -> str:
    console = Console(width=columns)
    with console.capture() as said:
        console.print(shown(now, before, at_ns, columns))
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


def test_forty_columns_are_enough_for_the_rates() -> None:
    before = Status(at_ns=NOW - 2_000_000_000, sources={"exporters": source(1_000_000)})
    now = Status(at_ns=NOW, lag_s=0.4, sources={"exporters": source(3_000_000)})
    told = text(now, before, columns=40)
    assert "exporters" in told
    assert "1,000,000" in told, "rows a second"
    assert "…" not in told
    assert max(map(len, told.splitlines())) <= 40


class Answering(Watch):
    """A run that answers what it is told to."""

    def __init__(self, body: bytes) -> None:
        super().__init__("127.0.0.1:0")
        self._body = body

    def answer(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        return HTTPStatus.OK, "application/json", self._body


def looked_at(body: bytes) -> int:
    watch = Answering(body)
    try:
        return execute(["top", f"127.0.0.1:{watch.port}"])
    finally:
        watch.close()


def test_an_older_run_and_a_newer_one_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    told = asdict(Status(at_ns=NOW, sources={"lan": source(5)})) | {"of a later version": [1]}
    del told["memory_bytes"], told["checkpoint_s"]
    assert looked_at(json.dumps(told).encode()) == 0
    assert "lan" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{broken", "no run can be watched there"),
        (b"[]", "no run of Lynceus"),
        (b'{"sources": []}', "sources is list there"),
        (b'{"sources": {"lan": 5}}', "a source there is no table"),
        (b'{"sources": {"lan": {"rows": "many"}}}', "what a source tells"),
        (b'{"sources": {}, "lag_s": "late"}', "lag_s is str there"),
        (b'{"sources": {}, "dropped": {"shed": null}}', "dropped holds what is no number"),
    ],
)
def test_what_is_no_status_is_one_line(
    body: bytes, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert looked_at(body) == 2
    said = capsys.readouterr().err
    assert reason in said
    assert said.count("\n") == 1


def test_a_folder_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["top", str(tmp_path)]) == 2
    assert "expected where the run can be watched" in capsys.readouterr().err
