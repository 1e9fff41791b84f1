from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from learn.made_rows import labelled
from lynceus.learn import calibrate
from lynceus.learn.classify import in_turn, learned, names_of
from lynceus.learn.dataset import DatasetError
from lynceus.learn.learners import Boosting
from lynceus.learn.numbers import Numbers
from lynceus.models import UNKNOWN

pytest.importorskip("lightgbm")
QUICK = Boosting(settings={"n_estimators": 30, "num_leaves": 7, "min_child_samples": 5})


@pytest.mark.long
def test_families_are_learned_with_ordinary_traffic_first() -> None:
    made, unseen = labelled(900), labelled(600, 1)
    classifier = learned(made, QUICK, numbers=Numbers.of(made, "flow"))
    assert classifier.classes == ("benign", "dos", "scan")
    truth = names_of(unseen, "family")
    told = classifier.probabilities(unseen)
    assert (np.asarray(classifier.classes, object)[told.argmax(1)] == truth).mean() > 0.97
    assert calibrate.error(told, classifier.classes, truth) < 0.03
    assert (classifier.named(unseen) == UNKNOWN).mean() < 0.05
    assert classifier.rows == dict(made.rows["family"].value_counts().sort("family").iter_rows())


@pytest.mark.long
def test_malicious_or_not_is_the_same_twice() -> None:
    made = labelled(400)
    numbers = Numbers.of(made, "flow")
    one, two = (learned(made, QUICK, target="malicious", numbers=numbers, seed=5) for _ in "ab")
    assert one.classes == ("benign", "malicious")
    assert (one.probabilities(made) == two.probabilities(made)).all()


def test_what_is_unlike_all_training_rows_is_unknown() -> None:
    made = labelled(900)
    classifier = learned(made, QUICK, numbers=Numbers.of(made, "flow"))
    strange = made.with_rows(
        made.rows.head(50).with_columns(
            proto=pl.lit("udp"),
            duration_s=pl.lit(86_400.0),
            orig_packets=pl.lit(10**7, pl.UInt64),
            resp_packets=pl.lit(10**7, pl.UInt64),
            orig_ip_bytes=pl.lit(10**10, pl.UInt64),
            resp_ip_bytes=pl.lit(10**10, pl.UInt64),
        )
    )
    assert (classifier.named(strange) == UNKNOWN).mean() > 0.9


def test_rare_classes_are_left_out_and_counted() -> None:
    made = labelled(600, shares={"benign": 0.7, "scan": 0.28, "dos": 0.02})
    classifier = learned(made, QUICK, numbers=Numbers.of(made, "flow"))
    assert classifier.classes == ("benign", "scan")
    assert classifier.left_out == {"dos": made.rows.filter(pl.col("family") == "dos").height}


def test_one_class_and_unknown_labels_are_told_by_name() -> None:
    made = labelled(200)
    one = made.with_rows(made.rows.filter(pl.col("family") == "scan"))
    with pytest.raises(DatasetError, match=r"'family' has 'scan'.*expected two classes"):
        learned(one, QUICK, numbers=Numbers.of(made, "flow"))
    odd = made.with_rows(made.rows.with_columns(family=pl.lit("gremlins")))
    with pytest.raises(DatasetError, match="'gremlins'"):
        learned(odd, QUICK, numbers=Numbers.of(made, "flow"))
    with pytest.raises(DatasetError, match="every feature is null"):
        learned(made, QUICK, numbers=Numbers(()))


def test_a_third_of_the_rows_is_a_third_of_each_label() -> None:
    made = labelled(90)
    first = made.rows.filter(pl.col("family") == "benign")
    later = made.rows.filter(pl.col("family") != "benign").with_columns(pl.col("end_ns") + 10**15)
    apart = made.with_rows(pl.concat([later, first]))
    assert in_turn(apart).rows["end_ns"].is_sorted()
    turned = in_turn(apart, "label").rows
    for label, rows in made.rows["label"].value_counts().iter_rows():
        assert abs((turned.head(30)["label"] == label).sum() - rows / 3) <= 1
        assert turned.filter(pl.col("label") == label)["end_ns"].is_sorted()
