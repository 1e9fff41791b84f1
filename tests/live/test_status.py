"""A status tells what a run knows of itself."""

from __future__ import annotations

from pathlib import Path

from lynceus.config import Config
from lynceus.live.run import Run
from lynceus.live.settings import RunConfig, Settings
from lynceus.live.status import STUCK_S, Status


def test_a_run_that_has_just_begun(tmp_path: Path) -> None:
    run = Run(Config(), Settings(RunConfig(state=tmp_path, turn_s=0.01)), say=print)
    run.turn()
    status = Status.of(run, 5_000_000_000)
    assert (status.turns, status.ready, status.received, status.checkpoint) == (1, False, 0, 0)
    assert status.memory_bytes > 1 << 20
    assert status.well(int((STUCK_S + 4) * 1e9))
    assert not status.well(int((STUCK_S + 5) * 1e9))
    run.stop()
    stated = Run(Config(home=("10.0.0.0/8",)), Settings(RunConfig(state=tmp_path)), say=print)
    assert Status.of(stated, 0).ready
    stated.stop()
