from __future__ import annotations

import numpy as np
import pytest

from lynceus.learn import gate

CLASSES = ("benign", "scan", "dos")


def told(truth: np.ndarray, right: float, seed: int = 0) -> np.ndarray:
    """Probabilities of `right` for the true class in that share of rows, else for the next one."""
    chance = np.random.default_rng(seed)
    place = np.array([CLASSES.index(name) for name in truth])
    place = np.where(chance.random(len(truth)) < right, place, (place + 1) % 3)
    probabilities = np.full((len(truth), 3), (1 - right) / 2)
    probabilities[np.arange(len(truth)), place] = right
    return probabilities


def truth(scans: int = 300) -> np.ndarray:
    return np.array(["benign"] * 500 + ["scan"] * scans + ["dos"] * 300, object)


def test_classes_that_are_right_enough_may_alert() -> None:
    outcome = gate.judged(told(truth(), 0.99), CLASSES, truth())
    assert outcome.passed and not outcome.fault
    assert set(outcome.classes) == {"scan", "dos"}
    least = outcome.alert["scan"]
    assert least is not None and 0.9 < least <= 0.99
    assert outcome.classes["scan"].recall == pytest.approx(0.99, abs=0.02)


def test_a_class_that_is_often_wrong_is_silent_and_the_reason_says_how_often() -> None:
    probabilities, rows = told(truth(), 0.99), truth()
    wrong = np.nonzero(rows == "scan")[0][:60]
    probabilities[wrong] = [0.99, 0.005, 0.005]
    outcome = gate.judged(probabilities, CLASSES, rows)
    assert outcome.classes["scan"].least is None and outcome.classes["dos"].least is not None
    assert "recall 0.7" in outcome.reasons["scan"]


def test_few_rows_prove_nothing() -> None:
    outcome = gate.judged(told(truth(9), 0.99), CLASSES, truth(9))
    assert outcome.alert["scan"] is None
    assert outcome.reasons["scan"] == "9 validation rows, fewer than 10"


def test_a_model_that_is_too_sure_or_too_slow_is_silent_altogether() -> None:
    rows = truth()
    sure = np.where(told(rows, 0.9) > 0.5, 0.999, 0.0005)
    outcome = gate.judged(sure, CLASSES, rows)
    assert not outcome.passed and set(outcome.alert.values()) == {None}
    assert "off by" in outcome.reasons["model"]
    passed = gate.judged(told(rows, 0.99), CLASSES, rows)
    slow = gate.with_speed(passed, 900)
    assert not slow.passed and set(slow.alert.values()) == {None}
    assert slow.reasons["model"].startswith("scores 900 flows in a second of one processor")
    assert gate.with_speed(passed, gate.LEAST_A_SECOND) is passed


def test_findings_on_benign_networks_silence_a_class() -> None:
    outcome = gate.judged(told(truth(), 0.99), CLASSES, truth())
    after = gate.with_benign(outcome, {"scan": 2.5})
    assert after.alert["scan"] is None and after.alert["dos"] == outcome.alert["dos"]
    assert after.reasons["scan"].startswith("2.5 findings a host and day")
    assert after.classes["dos"].metrics["benign_findings_a_host_day"] == 0.0
