"""Which set a path holds, and what is said where it holds none."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.learn import datasets
from lynceus.learn.dataset import DatasetError


def test_a_path_that_is_no_set_is_named(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("nothing of the kind\n")
    with pytest.raises(DatasetError, match=r"other\.txt: not a data set that is known"):
        datasets.recognised(other)
    with pytest.raises(DatasetError, match=r"gone: there is no such file"):
        datasets.recognised(tmp_path / "gone")
    with pytest.raises(DatasetError, match="'no_such': no such data set"):
        datasets.load("no_such", other)
