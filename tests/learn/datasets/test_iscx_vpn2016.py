"""ISCX VPN 2016: columns that are out of step with their names, in file order."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from lynceus.learn import datasets
from lynceus.learn.dataset import DatasetError

NAMES = (
    "duration,total_fiat,total_biat,min_fiat,min_biat,max_fiat,max_biat,mean_fiat,mean_biat,"
    "flowPktsPerSecond,flowBytesPerSecond,min_flowiat,max_flowiat,mean_flowiat,std_flowiat,"
    "min_active,mean_active,max_active,std_active,min_idle,mean_idle,max_idle,std_idle,class1"
)
ROW = "4000000,10,-1,3000000,-1,1333333,0,5,0,1.25,900,10,3000000,1000000,600000,-1,0,-1,0,"
IDLE, BUSY = ROW + "1500000,2250000,3000000,7,VPN-CHAT", ROW + "-1,0,-1,0,P2P"


def arff(folder: Path, *rows: str) -> Path:
    path = folder / "TimeBased.arff"
    head = ["@RELATION <flows>"]
    head += [f"@ATTRIBUTE {name} NUMERIC," for name in NAMES.split(",")]
    path.write_text("\n".join([*head, "@DATA", *rows]) + "\n")
    return path


def test_gaps_are_what_the_values_say(tmp_path: Path) -> None:
    dataset = datasets.load(None, arff(tmp_path, IDLE, BUSY, BUSY))
    first, second = dataset.rows.to_dicts()
    assert (dataset.name, dataset.order) == ("iscx_vpn2016", "file")
    assert dataset.cleaning == {"duplicate": 1}
    assert (first["duration_s"], first["total_packets"]) == (4.0, 5)
    told = [first[f"orig_gap_s_{name}"] for name in ("min", "mean", "max")]
    assert told == pytest.approx([1e-5, 1.333333, 3.0])
    assert first["resp_gap_s_min"] is None
    assert first["gap_s_std"] == pytest.approx(0.6 * (3 / 4) ** 0.5)
    assert (first["idle_s_min"], second["idle_s_min"]) == (1.5, None)
    assert (first["label"], first["family"], first["malicious"]) == ("VPN-CHAT", None, None)
    assert first["own_total_fiat"] == 10.0


def test_a_flow_without_time_tells_nothing(tmp_path: Path) -> None:
    row = "0,-1,-1,-1,-1,0,0,0,0,0,0,-1,-1,0,0,-1,0,-1,0,-1,0,-1,0,FT"
    dataset = datasets.load(None, arff(tmp_path, row))
    assert dataset.known_names("packet") == ()
    assert dataset.cleaning == {"no_duration": 1}


def test_a_csv_of_it_is_the_same_and_labels_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "traffic.csv"
    path.write_text(NAMES + "\n" + IDLE + "\n")
    assert datasets.load(None, path).rows["label"].to_list() == ["VPN-CHAT"]
    path.write_text(NAMES + "\n" + IDLE.replace("VPN-CHAT", "GAMES") + "\n")
    with pytest.raises(DatasetError, match=r"traffic\.csv: label 'GAMES' in column 'class1'"):
        datasets.load(None, path)


def test_the_real_set(shared_data: Path) -> None:
    dataset = datasets.load(None, shared_data / "iscx-vpn2016")
    assert dataset.rows.height + dataset.cleaning["duplicate"] == 12_510
    assert dataset.rows["label"].n_unique() == 14
    for end in ("orig_", "resp_", ""):
        least, mean, most = (pl.col(f"{end}gap_s_{s}") for s in ("min", "mean", "max"))
        # Means of more than 10 s are rounded to three digits.
        ordered = (least <= mean * 1.006) & (mean <= most * 1.006)
        assert dataset.rows.filter(least >= 0).select(ordered.all()).item()
