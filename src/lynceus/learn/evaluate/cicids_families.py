"""CICIDS2017 corrected: attack families, each label cut by time."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from lynceus.learn import splits
from lynceus.learn.calibrate import error
from lynceus.learn.classify import LEAST_ROWS, ORDINARY, learned, names_of
from lynceus.learn.evaluate.figures import Confusion, false_positives, percent
from lynceus.learn.evaluate.result import Figure, Part, Result
from lynceus.learn.in_folder import in_folder
from lynceus.learn.numbers import Numbers
from lynceus.learn.stack import Stack
from lynceus.models import UNKNOWN

TRAINED, SEED = 2 / 3, 1


class CicidsFamilies:
    """Trained on the first two thirds of each label by time, tested on the last; the stack of all
    learners, on our packet-tier numbers alone: no port, no address, no column of the set's own.
    Families with 30 rows or more in the set. Judged as it is served: a row that is unlike the
    training data, or of which no family is probable enough (limits of the training part, half a
    per cent of it each at most), is unknown and accused of nothing. This is the easy part: one
    week, one network, one tool for each attack; a plain forest does nearly as well."""

    title: ClassVar[str] = "CICIDS2017 corrected, families, cut by time in each label"

    def run(self, data: Path, trained_on: Path | None = None) -> Result:
        """Macro precision and recall, false positives of benign rows, calibration error."""
        tested = in_folder(data, "cicids2017", columns=("orig_ip_bytes",))
        if trained_on is not None:
            train, test = in_folder(trained_on, "cicids2017", columns=("orig_ip_bytes",)), tested
        else:
            ((train, test),) = splits.by_time(tested, TRAINED, "label")
        numbers = Numbers.of(train, "packet")
        classifier = learned(
            train, Stack(), numbers=numbers, tier="packet", within="label", seed=SEED
        )
        truth = names_of(test, "family")
        told = classifier.probabilities(test)
        likeliest = np.asarray(classifier.classes, object)[told.argmax(1)]
        said = classifier.named(test)
        both = np.concatenate([truth, names_of(train, "family")])
        classes = [c for c in classifier.classes if (both == c).sum() >= LEAST_ROWS]
        confusion = Confusion(truth, said, classes, test.rows["host"].to_numpy())
        precision, recall = confusion.macro_precision(), confusion.macro_recall()
        benign, unknown = truth == ORDINARY, said == UNKNOWN
        share, highest = false_positives(~np.isin(said, (ORDINARY, UNKNOWN)), benign)
        always = Confusion(truth, likeliest, classes, test.rows["host"].to_numpy())
        accused, _ = false_positives(likeliest != ORDINARY, benign)
        known = np.isin(truth, classes)
        off = error(told[known], classifier.classes, truth[known])
        return Result(
            (
                Figure("macro precision", precision.text(), ">= 0.995", precision.value >= 0.995),
                Figure("macro recall", recall.text(), ">= 0.995", recall.value >= 0.995),
                Figure(
                    "benign false positives",
                    f"{percent(share)} (95 % upper bound {percent(highest)})",
                    "<= 0.30 %", share <= 0.003,
                ),
                Figure("calibration error", f"{off:.4f}", "<= 0.03", off <= 0.03),
                Figure("called unknown", percent(float(unknown.mean()))),
                Figure("benign rows called unknown", percent(float(unknown[benign].mean()))),
                Figure(
                    "the likeliest family of every row: macro precision, recall, false positives",
                    f"{always.macro_precision().value:.4f}, {always.macro_recall().value:.4f}, "
                    f"{percent(accused)}",
                ),
            ),
            (Part("By family", confusion.rows()),),
            (
                f"Trained on {train.rows.height:,} rows, tested on {test.rows.height:,}; "
                f"{len(numbers.inputs)} numbers.",
                "Too rare to be learned: "
                + (", ".join(f"{n} ({r} rows)" for n, r in classifier.left_out.items()) or "none")
                + ".",
            ),
        )  # fmt: skip
