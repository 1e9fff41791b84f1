from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.learn.dataset import DatasetError
from lynceus.learn.in_folder import in_folder


def test_a_set_is_found_below_a_folder_by_its_content(shared_data: Path) -> None:
    found = in_folder(shared_data, "cicids2017", columns=("orig_ip_bytes",))
    assert found.rows.height > 30_000 and "orig_ip_bytes" in found.rows.columns


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DatasetError, match="no data set 'unsw_nb15' with ts_ns in it"):
        in_folder(tmp_path, "unsw_nb15", columns=("ts_ns",))
    with pytest.raises(DatasetError, match="there is no such file"):
        in_folder(tmp_path / "absent", "unsw_nb15")
