"""CICIDS2017 corrected: each family in turn is taken out of training and tested on."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from lynceus.learn import splits
from lynceus.learn.bootstrap import interval
from lynceus.learn.classify import ORDINARY, names_of
from lynceus.learn.evaluate.figures import percent
from lynceus.learn.evaluate.result import Figure, Part, Result
from lynceus.learn.in_folder import in_folder
from lynceus.learn.nearest import Nearest
from lynceus.learn.numbers import Numbers

TRAINED, SEED = 2 / 3, 1
ALARMS = 0.01
"""Share of benign rows that may be called unknown."""


class FamilyLeftOut:
    """Trained on the first two thirds of each label by time without one family; tested on the last
    third of that family and of the benign rows. A row is unknown when it lies nearer to attacks of
    the other families than to any benign row (`learn/nearest.py`), on our packet-tier numbers
    alone. Recall is told at 1 % false positives of the tested benign rows (a point of the curve),
    and by the limit that a user would have: from benign training rows, each block of time judged by
    the others, with the false positives that it gives here."""

    title: ClassVar[str] = "CICIDS2017 corrected, trained without one family, tested on it"

    def run(self, data: Path, trained_on: Path | None = None) -> Result:
        """Recall of each family and the mean, and false positives."""
        tested = in_folder(data, "cicids2017", columns=("orig_ip_bytes",))
        if trained_on is not None:
            train, test = in_folder(trained_on, "cicids2017", columns=("orig_ip_bytes",)), tested
        else:
            ((train, test),) = splits.by_time(tested, TRAINED, "label")
        numbers = Numbers.of(train, "packet")
        known, truth = names_of(train, "family"), names_of(test, "family")
        rows, unseen = numbers.matrix(train), numbers.matrix(test)
        benign = rows[known == ORDINARY]
        families = sorted({str(name) for name in truth if name not in (None, ORDINARY)})
        ordinary = unseen[truth == ORDINARY]
        told, recalls, at_limit, alarms = [], [], [], []
        for family in families:
            others = np.array([name not in (None, ORDINARY, family) for name in known])
            nearest = Nearest.of(benign, rows[others], ALARMS)
            scores, quiet = nearest.scores(unseen[truth == family]), nearest.scores(ordinary)
            recalls.append(float((scores > np.quantile(quiet, 1 - ALARMS)).mean()))
            at_limit.append(float((scores > nearest.most).mean()))
            alarms.append(float((quiet > nearest.most).mean()))
            told.append(
                {
                    "family": family,
                    "rows": f"{len(scores):,}",
                    "recall": f"{recalls[-1]:.3f}",
                    "by the limit of training": f"{at_limit[-1]:.3f}",
                    "its false positives": percent(alarms[-1]),
                }
            )
        return Result(
            (
                Figure(
                    "mean recall over families at 1 % false positives", _mean(recalls, families),
                    ">= 0.6", float(np.mean(recalls)) >= 0.6,
                ),
                Figure("the same by the limit of training", _mean(at_limit, families)),
                Figure(
                    "false positives of that limit, mean and most",
                    f"{percent(float(np.mean(alarms)))}, {percent(max(alarms))}",
                ),
            ),
            (Part("By family that was left out", tuple(told)),),
            (
                "The interval of the mean is over families. "
                f"{len(numbers.inputs)} numbers. A family is one or two tools, so its recall is "
                "nearly all or nothing and hangs on the limit: see the record of what was tried.",
            ),
        )  # fmt: skip


def _mean(recalls: list[float], families: list[str]) -> str:
    """The mean with its interval over families."""
    counts = np.column_stack([recalls, np.ones(len(recalls))])
    return interval(lambda sums: float(sums[0] / sums[1]), counts, families).text()
