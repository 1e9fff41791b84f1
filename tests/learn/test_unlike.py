from __future__ import annotations

import numpy as np
import pytest

from lynceus.learn.unlike import UNLIKE, Unlike

pytest.importorskip("sklearn")


def test_few_known_rows_are_unlike_and_far_ones_are() -> None:
    chance = np.random.default_rng(0)
    known = chance.normal(100, 5, (2000, 4)).astype(np.float32)
    known[0, 2] = np.nan
    found = Unlike.of(known, np.arange(2000) % 2, seed=0)
    unseen = chance.normal(100, 5, (2000, 4)).astype(np.float32)
    assert found.found(unseen).mean() <= 5 * UNLIKE
    assert found.found(unseen + 60).mean() > 0.9
    again = Unlike.of(known, np.arange(2000) % 2, seed=0)
    assert (again.scores(unseen) == found.scores(unseen)).all()
