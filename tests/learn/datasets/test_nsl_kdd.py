"""NSL-KDD: columns of its own, as text without a header or as ARFF."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.learn import datasets
from lynceus.learn.dataset import DatasetError
from lynceus.learn.datasets.nsl_kdd import COLUMNS

NUMBERS = ",".join(["0"] * 35)
ROW = "0,tcp,http,SF,181,5450," + NUMBERS + ",{label},{difficulty}\n"


def test_rows_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "KDDTest+.txt"
    path.write_text("".join(ROW.format(label=label, difficulty=n) for n, label in enumerate(
        ("normal", "neptune", "neptune", "mscan"))))  # fmt: skip
    dataset = datasets.load(None, path)
    assert (dataset.name, dataset.sampled_by_label) == ("nsl_kdd", True)
    assert dataset.cleaning == {"duplicate": 1}
    assert dataset.rows.select("family", "malicious", "capture").rows() == [
        ("benign", False, "KDDTest+"), ("dos", True, "KDDTest+"), ("scan", True, "KDDTest+"),
    ]  # fmt: skip
    row = dataset.rows.row(0, named=True)
    assert (row["own_src_bytes"], row["own_flag_sf"], row["own_service_http"]) == (181, 1, 1)
    assert row["own_service_ftp"] == 0
    assert "own_difficulty" not in row
    assert dataset.known_names("flow") == ("proto_tcp", "proto_udp", "proto_icmp")


def test_arff_with_two_classes(tmp_path: Path) -> None:
    path = tmp_path / "KDDTrain+.arff"
    names = "\n".join(f"@attribute '{n}' real" for n in (*COLUMNS[:-2], "class"))
    row = ROW.format(label="anomaly", difficulty="").replace(",\n", "\n")
    path.write_text(f"@relation 'KDDTrain'\n{names}\n@data\n{row}")
    rows = datasets.load(None, path).rows
    assert rows.select("label", "family", "malicious").rows() == [("anomaly", None, True)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ROW.format(label="quake", difficulty=3), "label 'quake' in column 'label'"),
        (",".join(COLUMNS[:-3]) + ",label\n1\n", "no column 'dst_host_srv_rerror_rate'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "KDD.txt"
    path.write_text(text)
    with pytest.raises(DatasetError, match=rf"KDD\.txt: .*{says}"):
        datasets.load("nsl_kdd", path)


def test_the_real_set(shared_data: Path) -> None:
    dataset = datasets.load(None, shared_data / "nsl-kdd")
    assert dataset.rows.height == 25_192
    assert dataset.rows.filter(family="benign").height == 13_449
