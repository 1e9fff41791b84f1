"""What a configuration names is read once, and an engine of it works with all of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from correlate.made import finding, frame
from detect.baselines import DAY_S, learned
from lynceus import enrich
from lynceus.config import Config
from lynceus.enrich.home import HomeNetworks
from lynceus.equipment import Equipment
from lynceus.records import Batch
from lynceus.testing import START_S, flow, flows

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


def test_what_is_found_is_compared_with_the_hour_as_far_as_it_is(tmp_path: Path) -> None:
    plain = Equipment.of(Config(baseline=tmp_path / "usual"), models=())
    equipment = replace(plain, usual=learned())
    engine = equipment.engine(HomeNetworks.stated(["10.0.0.0/8"]))
    night = 6 * DAY_S + 2 * 3600
    theft = flow(night + 60, orig_h="10.0.0.12", resp_h="203.0.113.7", orig_bytes=400_000_000)
    until_ns = (START_S + night + 600) * 10**9
    engine.advance(Batch(flows([theft]), {}, until_ns))
    row = finding("exfiltration", "10.0.0.12", "203.0.113.7") | {
        "first_seen_ns": until_ns, "last_seen_ns": until_ns,
    }  # fmt: skip
    before = engine.snapshot()
    [evidence] = equipment.compared(frame(row), engine)["evidence"]
    [told] = json.loads(evidence)["compared"]
    assert (told["number"], told["observed"]) == ("outside_sent_bytes", 400_000_000)
    assert told["begin"] == "00:00"
    assert told["known_hours"] > 0
    assert [len(s) for s in before["states"]] == [len(s) for s in engine.snapshot()["states"]]
    assert plain.compared(frame(row), plain.engine(INSIDE)).equals(frame(row)), "not ready yet"


def test_a_list_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    with pytest.raises(enrich.ListError):
        Equipment.of(Config(intel=(tmp_path / "not there.csv",)), models=())
