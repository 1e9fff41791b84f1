"""Which set a path holds, and what is said where it holds none."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.features import vector
from lynceus.learn import datasets, mapping
from lynceus.learn.dataset import DatasetError
from lynceus.records import FLOW_SCHEMA


def test_a_path_that_is_no_set_is_named(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("nothing of the kind\n")
    with pytest.raises(DatasetError, match=r"other\.txt: not a data set that is known"):
        datasets.recognised(other)
    with pytest.raises(DatasetError, match=r"gone: there is no such file"):
        datasets.recognised(tmp_path / "gone")
    with pytest.raises(DatasetError, match="'no_such': no such data set"):
        datasets.load("no_such", other)


@pytest.mark.parametrize("name", list(datasets.loaders()))
def test_every_set_says_of_every_number_how_it_is_given_or_why_not(name: str) -> None:
    loader = datasets.loaders()[name]
    assert {given.name for given in loader.gives} <= set(FLOW_SCHEMA)
    for column in vector.needs("packet"):
        assert mapping.told(column, loader.gives, loader.lacks)
    assert loader.title and loader.expects
    assert all(fault.endswith((".", "today.")) for fault in loader.faults)


def test_the_columns_of_a_set_are_those_it_says_it_gives(shared_data: Path) -> None:
    folders = ("unsw-nb15", "nsl-kdd", "iscx-vpn2016", "stratosphere/binetflow",
               "cicids2017/cicids2017_improved.csv.gz")  # fmt: skip
    for folder in folders:
        dataset = datasets.load(None, shared_data / folder)
        loader = datasets.loaders()[dataset.name]
        has = set(dataset.rows.columns) & set(vector.needs("packet"))
        assert has <= {given.name for given in loader.gives}, folder
        assert dataset.known_names("packet"), folder
