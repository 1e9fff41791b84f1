"""A state in a directory."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from baseline.made import hours
from lynceus.baseline import state
from lynceus.baseline.state import FILE, State, StateError


def test_written_and_read_it_judges_the_same(office: State, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "baseline"
    office.write(folder)
    office.write(folder)
    again = State.read(folder)
    rows = hours(12, 2, seed=5, first_day=14)
    ours, theirs = (s.learned["host"].judged(rows, s.roles)[1] for s in (office, again))
    assert (ours == theirs).all()
    assert again.settings == office.settings
    assert again.roles.equals(office.roles)
    assert [path.name for path in folder.parent.iterdir()] == ["baseline"], "nothing is left beside"


def test_what_is_no_state_is_refused_in_one_line(office: State, tmp_path: Path) -> None:
    with pytest.raises(StateError, match=f"holds no {FILE}"):
        State.read(tmp_path)
    folder = tmp_path / "baseline"
    office.write(folder)
    (folder / "host-history.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(StateError, match=r"host-history\.parquet: is damaged") as caught:
        State.read(folder)
    assert "\n" not in str(caught.value)
    (folder / "host-history.parquet").unlink()
    with pytest.raises(StateError, match=r"host-history\.parquet: is missing$"):
        State.read(folder)
    (folder / FILE).write_text('{"format": 99}')
    with pytest.raises(StateError, match="is no baseline of format 1"):
        State.read(folder)
    (folder / FILE).write_text('{"format": 1, "settings": {"per_week": 1}}')
    with pytest.raises(StateError, match="per_week"):
        State.read(folder)
    (folder / FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(StateError, match="cannot be read"):
        State.read(folder)


def test_the_wanted_number_is_shared_out(office: State) -> None:
    other = office.wanting(10.0)
    assert sum(one.budget.per_day for one in other.learned.values()) <= 10.0
    assert other.learned["host"].line > office.learned["host"].line
    assert State.empty().ready is False


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", pickle.dumps({"usual": 1.0})])
def test_an_opinion_that_is_damaged_or_pickled_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "host-isolation_forest.npz"
    path.write_bytes(content)
    with pytest.raises(StateError, match=r"host-isolation_forest\.npz: is damaged: ."):
        state._scorer(path, "isolation_forest")
