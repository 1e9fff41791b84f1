"""What a configuration names is read once, and an engine of it works with all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus import enrich
from lynceus.config import Config
from lynceus.enrich.home import HomeNetworks
from lynceus.equipment import Equipment

INSIDE = HomeNetworks.stated(["192.0.2.0/24"])


def test_detectors_are_those_that_are_not_off() -> None:
    equipment = Equipment.of(Config(off=frozenset({"beacon"})), models=())
    assert "beacon" not in equipment.detectors
    assert set(equipment.engine(INSIDE).detectors) == set(equipment.detectors)
    assert "anomalous_host" not in equipment.detectors, "nothing is known to be usual"


def test_lists_that_a_person_named_are_there_and_their_faults_told(tmp_path: Path) -> None:
    listed = tmp_path / "listed.csv"
    listed.write_text("198.51.100.7\nnot an indicator at all\n")
    equipment = Equipment.of(Config(intel=(listed,)), models=())
    assert any("listed.csv" in line for line in equipment.problems)


def test_a_baseline_brings_its_detectors(tmp_path: Path) -> None:
    equipment = Equipment.of(Config(baseline=tmp_path / "usual"), models=())
    assert {"anomalous_host", "anomalous_pair"} <= set(equipment.detectors)
    assert equipment.usual is not None


def test_a_list_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    with pytest.raises(enrich.ListError):
        Equipment.of(Config(intel=(tmp_path / "not there.csv",)), models=())
