"""`agreement`: figures by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lynceus.learn.evaluate.agreement import accuracy, auroc, correlation, macro_f1

TRUTH = np.array(["a", "a", "a", "b", "b", "c"], object)
SAID = np.array(["a", "a", "b", "b", "c", "c"], object)
GROUPS = np.array(list("123456"), object)


def test_macro_f1_is_the_mean_over_classes_that_occur() -> None:
    # a: 2*2/(3+2), b: 2*1/(2+2), c: 2*1/(1+2); d has no rows.
    told = macro_f1(TRUTH, SAID, ["a", "b", "c", "d"], GROUPS)
    assert told.value == pytest.approx((0.8 + 0.5 + 2 / 3) / 3)


def test_accuracy() -> None:
    assert accuracy(TRUTH, SAID, GROUPS).value == pytest.approx(4 / 6)


def test_correlation_is_one_minus_one_or_nothing() -> None:
    yes = np.array([1, 1, 0, 0, 1, 0], bool)
    assert correlation(yes, yes, GROUPS).value == pytest.approx(1)
    assert correlation(yes, ~yes, GROUPS).value == pytest.approx(-1)
    assert np.isnan(correlation(yes, np.ones(6, bool), GROUPS).value)


def test_auroc_counts_pairs_and_ties_half() -> None:
    scores, wanted = np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False])
    assert auroc(scores, wanted) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert np.isnan(auroc(scores, np.zeros(4, bool)))
