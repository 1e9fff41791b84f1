"""What a data set must have to be learned from, and what is said where it has not."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from lynceus.learn.dataset import (
    ADDED,
    Dataset,
    DatasetError,
    checked,
    conformed,
    digest_of,
    joined,
)


def small(**columns: object) -> Dataset:
    rows = pl.DataFrame(
        {
            "duration_s": [1.0, 2.0, 4.0],
            "label": ["BENIGN", "BENIGN", "Portscan"],
            "family": ["benign", "benign", "scan"],
            **columns,
        }
    )
    return Dataset("small", conformed(rows), "file", ("made up",), {"duplicate": 2}, digest="a")


def test_a_sound_set_passes_as_it_is() -> None:
    dataset = small()
    assert checked(dataset, needs=["duration_s"], target="family") is dataset
    assert dataset.known_names("flow") == ("duration_s",)
    assert set(ADDED) <= set(dataset.rows.columns)


@pytest.mark.parametrize(
    ("dataset", "needs", "says"),
    [
        (small(family=["scan"] * 3), (), "column 'family' holds only 'scan'"),
        (small(family=pl.Series([None] * 3, dtype=pl.String)), (), "holds nothing but nulls"),
        (small(), ("gap_s_mean",), "feature 'gap_s_mean' is null in every row"),
        (small().with_rows(small().rows.clear()), (), "no rows are left"),
        (small().with_rows(small().rows.drop("family")), (), "no column 'family'"),
    ],
)
def test_an_unfit_set_is_refused_by_name(
    dataset: Dataset, needs: tuple[str, ...], says: str
) -> None:
    with pytest.raises(DatasetError, match=says):
        checked(dataset, needs=needs, target="family")


def test_joined_sets_lose_their_own_columns_and_keep_their_faults() -> None:
    left, right = small(own_ct=[1, 2, 3]), small(orig_packets=[1, 2, 3])
    both = joined([left, right], "both")
    assert both.rows.height == 6
    assert "own_ct" not in both.rows.columns
    assert both.rows["orig_packets"].to_list() == [None, None, None, 1, 2, 3]
    assert (both.faults, both.cleaning) == (("made up",), {"duplicate": 4})
    assert both.digest not in (left.digest, joined([right], "one").digest)


def test_the_digest_is_of_names_and_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_text("x")
    two.write_text("y")
    before = digest_of([one, two])
    assert digest_of([two, one]) == before
    two.write_text("z")
    assert digest_of([one, two]) != before
    with pytest.raises(DatasetError, match=r"gone\.csv"):
        digest_of([tmp_path / "gone.csv"])
