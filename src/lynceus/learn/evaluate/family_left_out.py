"""CICIDS2017 corrected: each family in turn is taken out of training and tested on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lynceus.learn import splits
from lynceus.learn.bootstrap import interval
from lynceus.learn.classify import ORDINARY, names_of
from lynceus.learn.evaluate.figures import percent
from lynceus.learn.evaluate.result import Figure, Part, Result
from lynceus.learn.extras import extra
from lynceus.learn.in_folder import in_folder
from lynceus.learn.learners import Floats, Matrix, RandomForest, Scale, weights_of
from lynceus.learn.numbers import Numbers
from lynceus.learn.stack import blocks_of

TRAINED, SEED = 2 / 3, 1
ALARMS = 0.01
"""Share of benign rows that may be called unknown, both ways together."""
COMPONENTS = 20


class FamilyLeftOut:
    """Trained on the first two thirds of each label by time without one family; tested on the last
    third of that family and of the benign rows. A row is unknown when it is too improbable among
    benign rows (a mixture of Gaussians over logarithms of the numbers), or when a forest that
    knows the other families finds it not benign. Both limits are set on benign training rows that
    were held out by time, each for half of the false positives that are allowed; what they give on
    the test part is told. The set's own columns are used beside ours."""

    title: ClassVar[str] = "CICIDS2017 corrected, trained without one family, tested on it"

    def run(self, data: Path, trained_on: Path | None = None) -> Result:
        """Recall of each family and the mean, and false positives."""
        tested = in_folder(data, "cicids2017", columns=("orig_ip_bytes",))
        if trained_on is not None:
            train, test = in_folder(trained_on, "cicids2017", columns=("orig_ip_bytes",)), tested
        else:
            ((train, test),) = splits.by_time(tested, TRAINED, "label")
        numbers = Numbers.of(train, "packet", own=True)
        known, truth = names_of(train, "family"), names_of(test, "family")
        rows, unseen = numbers.matrix(train), numbers.matrix(test)
        strange = _Strange.of(rows[known == ORDINARY])
        far = strange.found(unseen)
        families = sorted({str(name) for name in truth if name not in (None, ORDINARY)})
        told, recalls, alarms, either = [], [], [], []
        for family in families:
            others = np.array([name not in (None, family) for name in known])
            evidence = _Evidence.of(rows[others], known[others])
            wrong = evidence.found(unseen)
            found = far | wrong
            held, benign = truth == family, truth == ORDINARY
            recalls.append(float(found[held].mean()))
            alarms.append(float(found[benign].mean()))
            either.append(found[held])
            told.append(
                {
                    "family": family,
                    "rows": f"{held.sum():,}",
                    "recall": f"{recalls[-1]:.3f}",
                    "as improbable": f"{far[held].mean():.3f}",
                    "as not benign": f"{wrong[held].mean():.3f}",
                    "false positives": percent(alarms[-1]),
                }
            )
        mean = interval(
            lambda sums: float(sums[0] / sums[1]),
            np.column_stack([recalls, np.ones(len(recalls))]), families,
        )  # fmt: skip
        return Result(
            (
                Figure("mean recall over families", mean.text(), ">= 0.6", mean.value >= 0.6),
                Figure(
                    "false positives, mean and most", f"{percent(float(np.mean(alarms)))}, "
                    f"{percent(max(alarms))}", "about 1 %",
                ),
            ),
            (Part("By family that was left out", tuple(told)),),
            (
                "The interval of the mean is over families. "
                f"{len(numbers.inputs)} numbers, {len(numbers.own)} of them the set's own.",
            ),
        )  # fmt: skip


@dataclass(frozen=True)
class _Strange:
    """Improbable among benign rows."""

    scale: Scale
    mixture: Any
    most: float

    @staticmethod
    def of(benign: Matrix) -> _Strange:
        """Fitted on the first blocks of time, its limit set on the last one."""
        early = blocks_of(np.zeros(len(benign), np.intp), 4) < 3
        scale = Scale.of(benign[early])
        mixture = extra("sklearn.mixture").GaussianMixture(
            COMPONENTS, covariance_type="full", reg_covar=1e-2, random_state=SEED
        )
        mixture.fit(scale.scaled(benign[early]))
        scores = -mixture.score_samples(scale.scaled(benign[~early]))
        return _Strange(scale, mixture, float(np.quantile(scores, 1 - ALARMS / 2)))

    def found(self, rows: Matrix) -> NDArray[np.bool_]:
        told: NDArray[np.bool_] = -self.mixture.score_samples(self.scale.scaled(rows)) > self.most
        return told


@dataclass(frozen=True)
class _Evidence:
    """Found not benign by a forest that knows attacks of other families."""

    fitted: Any
    most: float

    @staticmethod
    def of(rows: Matrix, names: NDArray[Any]) -> _Evidence:
        """Benign or not; the limit from the last block of time, which a first forest has not
        seen."""
        bad = (names != ORDINARY).astype(np.intp)
        early = blocks_of(bad, 4) < 3
        forest = RandomForest(settings={"n_estimators": 100, "min_samples_leaf": 2})
        first = forest.fit(rows[early], bad[early], weights_of(bad[early]), SEED)
        scores: Floats = first.probabilities(rows[~early])[:, 1]
        most = float(np.quantile(scores[bad[~early] == 0], 1 - ALARMS / 2))
        return _Evidence(first, most)

    def found(self, rows: Matrix) -> NDArray[np.bool_]:
        told: NDArray[np.bool_] = self.fitted.probabilities(rows)[:, 1] > self.most
        return told
