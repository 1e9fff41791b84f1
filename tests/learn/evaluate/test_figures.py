from __future__ import annotations

import numpy as np
import pytest

from lynceus.learn.evaluate.figures import Confusion, f1, false_positives, percent, share_of


def test_macro_figures_of_hand_made_rows() -> None:
    """a: 3 of 4 found, 3 of 4 called so; b: 1 of 2 found, 1 of 2; c is no class that counts."""
    truth = np.array(["a", "a", "a", "a", "b", "b", "c"], object)
    said = np.array(["a", "a", "a", "b", "b", "a", "a"], object)
    told = Confusion(truth, said, ("a", "b"), np.arange(7))
    assert told.macro_recall().value == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert told.macro_precision().value == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert told.rows()[0] == {"class": "a", "rows": "4", "precision": "0.7500", "recall": "0.7500"}


def test_unknown_is_a_miss_and_no_class() -> None:
    truth = np.array(["a", "b"], object)
    told = Confusion(truth, np.array(["unknown", "b"], object), ("a", "b"), np.arange(2))
    assert told.macro_recall().value == 0.5
    assert told.macro_precision().value == 0.5


def test_f1_share_and_false_positives() -> None:
    malicious = np.array([1, 1, 1, 0, 0, 0, 0, 0], bool)
    found = np.array([1, 1, 0, 1, 0, 0, 0, 0], bool)
    assert f1(malicious, found, np.arange(8)).value == pytest.approx(4 / 6)
    assert share_of(found, malicious, np.arange(8)).value == pytest.approx(2 / 3)
    share, highest = false_positives(found, ~malicious)
    assert share == pytest.approx(0.2) and highest == pytest.approx(0.6574, abs=1e-3)
    assert percent(0.00243) == "0.24 %"
