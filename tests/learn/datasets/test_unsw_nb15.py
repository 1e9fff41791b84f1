"""UNSW-NB15: twice-recorded packets are halved, what leaks is gone, both layouts are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.learn import datasets
from lynceus.learn.dataset import DatasetError
from lynceus.learn.datasets.unsw_nb15 import LEAKS, RAW

DNS = {
    "srcip": "59.166.0.1", "sport": "1043", "dstip": "149.171.126.9", "dsport": "53",
    "proto": "udp", "state": "CON", "dur": "0.001", "sbytes": "146", "dbytes": "178", "sttl": "31",
    "dttl": "29", "service": "dns", "spkts": "2", "dpkts": "2", "stime": "1421927414",
    "ltime": "1421927414", "sinpkt": "0.01", "dinpkt": "0.01", "synack": "0", "ackdat": "0",
    "ct_ftp_cmd": " ", "attack_cat": "", "label": "0",
}  # fmt: skip


def line(**columns: str) -> str:
    row = DNS | columns
    return ",".join(row.get(name, "0") for name in RAW) + "\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "UNSW-NB15_1.csv"
    path.write_text(text)
    return path


def test_raw_files_without_a_header_are_known_by_their_columns(tmp_path: Path) -> None:
    attack = line(attack_cat=" Fuzzers ", label="1", spkts="10", sbytes="1000", proto="tcp",
                  dur="0.5", sinpkt="55.0", synack="0.02")  # fmt: skip
    dataset = datasets.load(None, written(tmp_path, line() + attack))
    benign, fuzz = dataset.rows.to_dicts()
    assert (dataset.name, dataset.order) == ("unsw_nb15", "time")
    assert (benign["orig_packets"], benign["resp_packets"]) == (1, 1)
    assert (benign["orig_ip_bytes"], benign["resp_ip_bytes"]) == (73, 89)
    assert (benign["family"], benign["malicious"]) == ("benign", False)
    assert (benign["orig_gap_s_mean"], benign["syn_synack_s"]) == (None, None)
    assert (fuzz["family"], fuzz["label"], fuzz["orig_packets"]) == ("fuzzing", "fuzzers", 5)
    assert fuzz["orig_gap_s_mean"] == pytest.approx(0.055 * 9 / 4)
    assert fuzz["syn_synack_s"] == pytest.approx(0.02)
    assert (fuzz["capture"], fuzz["host"]) == ("2015-01-22", "59.166.0.1")
    assert fuzz["own_service_dns"] == 1.0


def test_one_packet_lasts_no_time_and_an_odd_count_lost_a_copy(tmp_path: Path) -> None:
    text = line(dpkts="0", dbytes="0", dur="0.000009") + line(spkts="3", sbytes="300")
    rows = datasets.load(None, written(tmp_path, text)).rows
    assert rows["duration_s"].to_list() == [0.0, 0.001]
    assert rows["orig_packets"].to_list() == [1, 2]
    assert rows["orig_ip_bytes"].to_list() == [73, 200]


def test_nothing_that_leaks_is_left(tmp_path: Path) -> None:
    dataset = datasets.load(None, written(tmp_path, line()))
    leaking = [n for n in dataset.rows.columns if any(leak in n for leak in (*LEAKS, "ttl"))]
    assert not leaking
    assert dataset.own


def test_the_smaller_sets_and_other_spellings_are_the_same_columns(tmp_path: Path) -> None:
    text = (
        "id,Dur,proto,Spkts,Dpkts,sbytes,dbytes,Sintpkt,Dintpkt,ct_src_ ltm,attack_cat,Label,\n"
        "1,0.5,tcp,4,4,200,200,1,1,3,Backdoors,1,\n2,0.5,tcp,4,4,200,200,1,1,3,Backdoors,1,\n"
    )
    dataset = datasets.load(None, written(tmp_path, text))
    assert (dataset.order, dataset.cleaning) == ("file", {"duplicate": 1})
    assert dataset.rows.select("family", "own_ct_src_ltm", "host").row(0) == ("backdoor", 3.0, None)


def test_a_raw_table_may_lack_what_is_not_needed(tmp_path: Path) -> None:
    names = [name for name in RAW if name not in ("ltime", "ct_ftp_cmd", "attack_cat", "synack")]
    text = ",".join(names) + "\n" + ",".join(DNS.get(name, "0") for name in names) + "\n"
    dataset = datasets.load(None, written(tmp_path, text))
    assert dataset.rows.select("label", "orig_packets").row(0) == ("normal", 1)
    assert dataset.order == "time"


def test_labels_as_numbers_are_in_the_order_of_the_set(tmp_path: Path) -> None:
    text = ",".join(RAW) + "\n" + line(attack_cat="4", label="1") + line(attack_cat="0.0")
    rows = datasets.load(None, written(tmp_path, text)).rows
    assert rows["label"].to_list() == ["generic", "normal"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (line(attack_cat="Rootkit", label="1"), "label 'Rootkit' in column 'attack_cat'"),
        (line(label="7"), "label 7 in column 'label'; expected 0 or 1"),
        ("dur,spkts,sbytes,sinpkt,label\n1,2,3,4,0\n", "no column 'proto'"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(DatasetError, match=rf"UNSW-NB15_1\.csv: .*{says}"):
        datasets.load("unsw_nb15", written(tmp_path, text))


def test_the_real_sets(shared_data: Path) -> None:
    raw = datasets.load(None, shared_data / "unsw-nb15" / "unsw_nb15_raw49_sample.csv.gz")
    assert raw.rows.height + raw.cleaning["duplicate"] == 6_670
    assert raw.cleaning["odd_packet_count"] < 0.01 * raw.rows.height
    assert raw.rows.filter(malicious=False)["family"].unique().to_list() == ["benign"]
    drawn = datasets.load(None, shared_data / "unsw-nb15" / "unsw_nb15_testing_head.csv.gz")
    assert drawn.rows.height + drawn.cleaning["duplicate"] == 3_021
