"""A model at work: classes, probabilities, confidence, alerts, reasons; by hand-made weights."""

from __future__ import annotations

import json
import math

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from lynceus.models import UNKNOWN, Served
from lynceus.models.manifest import Gate, Knots, Reject
from lynceus.records import JUDGED
from lynceus.testing import flow, flows
from models.small_model import artefact

FLOOD = {"orig_packets": 1, "resp_packets": 0}
TALK = {"orig_packets": 6, "resp_packets": 6}


def rows(*columns: dict[str, object]) -> pl.DataFrame:
    return flows(flow(n, **c) for n, c in enumerate(columns))


def test_it_judges_by_its_weights() -> None:
    said = Served(artefact()).judged(rows(FLOOD, TALK))
    assert said.schema == JUDGED
    flood, talk = said.iter_rows(named=True)
    # Scores of a flood: 0 and 0.5 x (1 - 1) - 2 x 0 + 3.5.
    assert flood["class"] == "dos" and flood["alerts"]
    assert flood["probability"] == pytest.approx(1 / (1 + math.exp(-3.5)), abs=1e-4)
    assert talk["class"] == "benign" and not talk["alerts"]
    assert flood["confidence"] == 1.0


def test_a_model_in_the_shadow_judges_and_does_not_alert() -> None:
    said = Served(artefact(gate=Gate(passed=False))).judged(rows(FLOOD))
    assert said["class"].to_list() == ["dos"] and said["alerts"].to_list() == [False]


def test_a_silent_class_does_not_alert() -> None:
    said = Served(artefact(alert={"dos": None})).judged(rows(FLOOD))
    assert said["class"].to_list() == ["dos"] and said["alerts"].to_list() == [False]


def test_calibration_bends_the_probability() -> None:
    bent = artefact(calibration={"dos": Knots(x=(0.0, 1.0), y=(0.0, 0.5))})
    (probability,) = Served(bent).judged(rows(FLOOD))["probability"]
    assert probability == pytest.approx(1 - 0.5 / (1 + math.exp(-3.5)), abs=1e-4)


def test_a_class_may_alert_below_one_half() -> None:
    bent = artefact(calibration={"dos": Knots(x=(0.0, 1.0), y=(0.0, 0.5))}, alert={"dos": 0.4})
    said = Served(bent).judged(rows(FLOOD, TALK))
    assert said["class"].to_list() == ["dos", "benign"]
    assert said["alerts"].to_list() == [True, False]


def test_what_is_like_nothing_it_knows_is_unknown() -> None:
    doubting = artefact(reject=Reject(least_probability=0.99), alert={UNKNOWN: 0.5})
    said = Served(doubting).judged(rows(FLOOD, TALK))
    assert said["class"].to_list() == [UNKNOWN, "benign"]
    assert said["alerts"].to_list() == [True, False]


def test_a_missing_input_lowers_confidence_by_its_weight() -> None:
    part = rows({**FLOOD, "orig_packets": None}, {**FLOOD, "resp_packets": None})
    known, unknown = Served(artefact()).judged(part).iter_rows(named=True)
    assert known["class"] == "dos" and known["confidence"] == pytest.approx(0.8)
    # The one input on which it rests: too little to judge.
    assert unknown["class"] is None and unknown["confidence"] is None


def test_reasons_name_values_ranges_and_what_they_add() -> None:
    served = Served(artefact())
    talk = rows({**TALK, "duration_s": None, "end_ns": None})
    (text,) = served.reasons(talk, pl.Series(["dos"]))
    told = json.loads(text)
    assert told["model"] == "floods-1" and told["class"] == "dos"
    strongest = told["strongest"]
    assert [reason["name"] for reason in strongest] == [
        "resp_packets",
        "orig_packets",
        "duration_s",
    ]
    assert strongest[0] == {
        "name": "resp_packets", "unit": "packets", "value": 6.0, "low": 1.0, "high": 60.0,
        "adds": -12.0,
    }  # fmt: skip
    assert strongest[2]["value"] is None


def test_equal_rows_are_judged_once_and_all_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    five = rows(FLOOD, TALK, {**FLOOD, "orig_packets": None}, TALK, FLOOD)
    many = pl.concat([five] * 40)
    one_by_one = pl.concat([Served(artefact()).judged(row) for row in many.iter_slices(1)])
    served = Served(artefact())
    asked: list[int] = []
    whole = served.probabilities

    def counted(numbers: pl.DataFrame) -> NDArray[np.float64]:
        asked.append(numbers.height)
        return whole(numbers)

    monkeypatch.setattr(served, "probabilities", counted)
    assert served.judged(many).equals(one_by_one)
    assert asked == [3]


def test_reasons_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lynceus.models.served.MOST_EXPLAINED", 4)
    served = Served(artefact())
    for start in (0, 2, 4, 0):
        packets = pl.Series([2 + start, 3 + start, 3 + start], dtype=pl.UInt64)
        some = rows(TALK, TALK, TALK).with_columns(orig_packets=packets)
        classes = pl.Series(["dos", "dos", "benign"])
        told = served.reasons(some, classes)
        alone = [
            Served(artefact()).reasons(row, classes.slice(n, 1)).item()
            for n, row in enumerate(some.iter_slices(1))
        ]
        assert told.to_list() == alone
        assert len(served._explained) <= 4 + 3
