"""Trees from a file: scores and contributions by hand; whatever is no tree is refused."""

from __future__ import annotations

import polars as pl
import pytest

from lynceus.models.payload import PayloadError
from lynceus.models.trees import NODES, Trees, content_of

STUMP = [
    {"tree": 0, "input": 1, "threshold": 5.0, "left": 1, "right": 2, "missing_left": True,
     "cover": 4.0, "output": 0},
    {"tree": 0, "cover": 3.0, "output": 0, "values": [1.0]},
    {"tree": 0, "cover": 1.0, "output": 0, "values": [9.0]},
]  # fmt: skip
SECOND = [{"tree": 1, "cover": 4.0, "output": 1, "values": [0.5]}]
ROWS = pl.DataFrame(
    {"a": [0.0, 0.0, 0.0], "b": [5.0, 5.5, None]}, schema={"a": pl.Float32, "b": pl.Float32}
)


def content(*rows: dict[str, object]) -> bytes:
    return content_of(pl.DataFrame(rows, schema=NODES))


def test_scores_and_contributions_by_hand() -> None:
    trees = Trees(content(*STUMP, *SECOND), inputs=2, outputs=2, name="trees.parquet")
    assert trees.scores(ROWS).tolist() == [[1.0, 0.5], [9.0, 0.5], [1.0, 0.5]]
    # The mean over the training data is (3 x 1 + 1 x 9) / 4 = 3.
    assert trees.expected(0) == 3.0
    assert trees.contributions(ROWS, 0).tolist() == [[0, -2], [0, 6], [0, -2]]
    assert trees.contributions(ROWS, 1).tolist() == [[0, 0]] * 3


def test_no_rows_have_no_scores() -> None:
    trees = Trees(content(*STUMP), inputs=2, outputs=1, name="trees.parquet")
    assert trees.scores(ROWS.clear()).shape == (0, 1)


def test_rows_in_several_chunks_are_the_same() -> None:
    trees = Trees(content(*STUMP), inputs=2, outputs=1, name="trees.parquet")
    apart = pl.concat([ROWS[:1], ROWS[1:]], rechunk=False)
    assert trees.scores(apart).tolist() == trees.scores(ROWS).tolist()


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "holds no trees"),
        ([STUMP[0] | {"left": 0}, *STUMP[1:]], "tree 0, node 0: a child must stand behind"),
        ([STUMP[0] | {"right": 9}, *STUMP[1:]], "a child must stand behind"),
        ([STUMP[0] | {"input": 7}, *STUMP[1:]], "an input that is not there"),
        ([STUMP[0] | {"threshold": None}, *STUMP[1:]], "threshold: a value is missing"),
        ([*STUMP[:2], STUMP[2] | {"values": [float("inf")]}], "not finite"),
        ([*STUMP[:2], STUMP[2] | {"values": []}], "outputs that are not there"),
        ([*STUMP[:2], STUMP[2] | {"output": 3}], "outputs that are not there"),
        ([*STUMP[:2], STUMP[2] | {"cover": 0.0}], "a cover above 0"),
    ],
)  # fmt: skip
def test_what_is_no_tree_is_refused(rows: list[dict[str, object]], reason: str) -> None:
    with pytest.raises(PayloadError, match=reason):
        Trees(content(*rows), inputs=2, outputs=1, name="trees.parquet")


def test_damaged_files_are_refused() -> None:
    whole = content(*STUMP)
    for damaged in (
        b"",
        b"PAR1",
        whole[:-9],
        whole[9:],
        content_of(pl.DataFrame(schema=NODES))[:50],
    ):
        with pytest.raises(PayloadError, match=r"^trees\.parquet: (?!trees)"):
            Trees(damaged, inputs=2, outputs=1, name="trees.parquet")
    from io import BytesIO

    other = BytesIO()
    ROWS.write_parquet(other)
    with pytest.raises(PayloadError, match="expected the columns tree, input"):
        Trees(other.getvalue(), inputs=2, outputs=1, name="trees.parquet")
