"""What fails is said once, counted, tried again, and well again when it works."""

from __future__ import annotations

import pytest

from lynceus.engine import Engine
from lynceus.live.degraded import DETECTOR_PAUSE_S, Degraded


@pytest.fixture
def said() -> list[str]:
    return []


def fails(degraded: Degraded, reason: str) -> None:
    with degraded.part("ledger", OSError):
        raise OSError(reason)


def test_a_part_that_fails_is_said_once_and_said_to_work_again(said: list[str]) -> None:
    degraded = Degraded(said.append, clock=lambda: 7)
    fails(degraded, "no room")
    fails(degraded, "no room")
    assert said == ["ledger: no room; it is tried again"]
    assert (degraded.now["ledger"].failures, degraded.now["ledger"].since_ns) == (2, 7)
    with degraded.part("ledger", OSError):
        pass
    assert said[-1] == "ledger: works again"
    assert not degraded.now
    assert degraded.failures == {"ledger": 2}


def test_a_defect_is_not_swallowed(said: list[str]) -> None:
    degraded = Degraded(said.append)
    with pytest.raises(ZeroDivisionError), degraded.part("ledger", OSError):
        raise ZeroDivisionError


def test_a_detector_that_failed_is_asked_again_after_a_pause_that_grows(said: list[str]) -> None:
    now = [0]
    degraded = Degraded(said.append, clock=lambda: now[0])
    engine = Engine({})
    for failure in (1, 2, 3):
        engine.failed["beacon"] = "broken"
        degraded.of_engine(engine)
        pause_ns = int(DETECTOR_PAUSE_S * 2 ** (failure - 1) * 1e9)
        now[0] += pause_ns - 1
        degraded.of_engine(engine)
        assert engine.failed == {"beacon": "broken"}
        now[0] += 1
        degraded.of_engine(engine)
        assert engine.failed == {}
        assert degraded.failures["detector beacon"] == failure
