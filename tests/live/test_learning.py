"""The baseline of a run learns every hour, and never without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.baseline import teaching
from lynceus.baseline.state import State, StateError
from lynceus.config import Config
from lynceus.enrich.home import HomeNetworks
from lynceus.equipment import Equipment
from lynceus.live.degraded import Degraded
from lynceus.live.learning import EVERY_S, Learning
from lynceus.moments import NS

HOME = HomeNetworks.stated(("10.0.0.0/8",))
HOUR_NS = int(EVERY_S * NS)


def test_it_learns_every_hour_and_says_what_it_cannot_keep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, said = tmp_path / "baseline", list[str]()
    equipment = Equipment.of(Config(baseline=folder), models=[])
    engine = equipment.engine(HOME)
    degraded = Degraded(said.append)
    learning = Learning(degraded, now_ns=0)
    assert learning.learned(equipment, engine, folder, HOUR_NS - 1) is equipment
    after = learning.learned(equipment, engine, folder, HOUR_NS)
    assert after is not equipment
    assert engine.detectors == after.detectors
    assert learning.learned(after, engine, folder, HOUR_NS + 1) is after, "not again at once"

    def fail(*_: object) -> State:
        raise StateError("the folder is gone")

    monkeypatch.setattr(teaching, "taught", fail)
    still = learning.learned(after, engine, folder, 2 * HOUR_NS)
    assert still.usual == after.usual
    assert said == ["baseline: the folder is gone; it is tried again"]


def test_without_a_baseline_nothing_is_learned() -> None:
    equipment = Equipment.of(Config(), models=[])
    learning = Learning(Degraded(print), now_ns=0)
    assert learning.learned(equipment, equipment.engine(HOME), None, HOUR_NS) is equipment
