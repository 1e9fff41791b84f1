"""NSL-KDD: attack or normal, an old set that only shows that nothing is badly wrong."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from lynceus.learn.classify import learned
from lynceus.learn.dataset import DatasetError
from lynceus.learn.evaluate.figures import f1, false_positives, percent
from lynceus.learn.evaluate.result import Figure, Result
from lynceus.learn.in_folder import in_folder
from lynceus.learn.learners import Boosting
from lynceus.learn.numbers import Numbers

SEED = 1


class NslKddAttacks:
    """Traffic of 1998, cleaned in 2009; the set's own 41 columns, since they are no flows of ours.
    Cross-validated: three successive blocks of the file within each class, each judged by boosted
    trees of the other two. Where KDDTest+ is given with KDDTrain+ to train on, its attacks of
    unseen kinds make it much harder, as they are meant to."""

    title: ClassVar[str] = "NSL-KDD, attack or normal"

    def run(self, data: Path, trained_on: Path | None = None) -> Result:
        """F1 of attacks and false positives, over held-out blocks or on the file named."""
        tested = in_folder(data, "nsl_kdd")
        train = in_folder(trained_on, "nsl_kdd") if trained_on is not None else tested
        numbers = Numbers.of(train, "flow", own=True)
        if not numbers.own:
            raise DatasetError(f"{data}: every feature of {train.name} is null in every row")
        classifier = learned(train, Boosting(), target="malicious", numbers=numbers, seed=SEED)
        if trained_on is None:
            found = classifier.held_out_probabilities[:, 1] >= 0.5
            truth, how = classifier.held_out_truth == "malicious", "held-out blocks of"
        else:
            known = tested.rows["malicious"].is_not_null()
            tested = tested.with_rows(tested.rows.filter(known))
            found = classifier.probabilities(tested)[:, 1] >= 0.5
            truth, how = tested.rows["malicious"].to_numpy(), "all of"
        # The set has no hosts: rows in a row are drawn together, a hundred at a time.
        groups = np.arange(len(truth)) // 100
        share, highest = false_positives(found, ~truth)
        return Result(
            (
                Figure("F1 of attacks", f1(truth, found, groups).text()),
                Figure(
                    "false positives", f"{percent(share)} (95 % upper bound {percent(highest)})"
                ),
            ),
            notes=(f"Over {how} {len(truth):,} rows; {len(numbers.inputs)} numbers.",),
        )
