"""CICIDS2017 in its three forms: what is equal is mapped, what is wrong in it is not."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from lynceus.learn import datasets
from lynceus.learn.dataset import DatasetError

CORRECTED = (
    "id,Flow ID,Src IP,Src Port,Dst IP,Dst Port,Protocol,Timestamp,Flow Duration,Total Fwd Packet,"
    "Total Bwd packets,Total Length of Fwd Packet,Total Length of Bwd Packet,Flow Packets/s,"
    "Flow IAT Mean,Flow IAT Std,Fwd PSH Flags,Fwd Header Length,Bwd Header Length,"
    "FWD Init Win Bytes,Label,Attempted Category\n"
)
LINE = (
    "1,f1,10.0.0.5,50000,10.0.0.80,80,6,2017-07-05 10:00:00.500000,2000000,4,3,500,6000,3.5,"
    "333333,100000,2,128,92,29200,{label},-1\n"
)
ORIGINAL = (
    " Source IP, Source Port, Destination IP, Destination Port, Protocol, Timestamp,"
    " Flow Duration, Total Fwd Packets, Total Backward Packets,Total Length of Fwd Packets,"
    " Total Length of Bwd Packets,Flow Bytes/s, Flow IAT Mean, Flow IAT Std, Fwd Header Length,"
    " Fwd Header Length, Label\n"
)


def written(folder: Path, text: str, name: str = "set.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode("cp1252"))
    return path


def test_the_corrected_form_gives_bytes_of_ip_packets(tmp_path: Path) -> None:
    path = written(tmp_path, CORRECTED + LINE.format(label="DoS Hulk"))
    dataset = datasets.load(None, path)
    (row,) = dataset.rows.to_dicts()
    assert (dataset.name, dataset.order, dataset.sampled_by_label) == ("cicids2017", "time", True)
    assert (row["proto"], row["duration_s"], row["orig_packets"]) == ("tcp", 2.0, 4)
    assert row["orig_ip_bytes"] == 500 + 128 + 4 * 20
    assert row["gap_s_mean"] == pytest.approx(0.333333)
    assert row["gap_s_std"] == pytest.approx(0.1 * (5 / 6) ** 0.5)
    assert (row["orig_psh_packets"], row["orig_window_bytes_first"]) == (2, 29_200)
    assert row["end_ns"] - row["ts_ns"] == 2_000_000_000
    assert (row["family"], row["malicious"]) == ("dos", True)
    assert (row["host"], row["capture"]) == ("10.0.0.5", "2017-07-05")
    assert "own_flow_packet_s" in dataset.own
    assert not [name for name in dataset.own if "port" in name or "attempted" in name]


def test_the_original_form_gives_no_bytes_and_its_clock_is_mended(tmp_path: Path) -> None:
    row = "172.16.0.1,52000,192.168.10.50,80,6,{at},5000,2,2,100,200,{rate},1666,500,{label}\n"
    lines = [
        row.format(at="6/7/2017 9:30", rate="60000", label="40,40,Web Attack – XSS"),
        row.format(at="7/7/2017 3:30", rate="Infinity", label="40,40,DDoS"),
        ORIGINAL,
        row.format(at="7/7/2017 3:30", rate="Infinity", label="40,40,DDoS"),
        ",,,,,,,,,,,,,,,,\n",
    ]
    dataset = datasets.load(None, written(tmp_path, ORIGINAL + "".join(lines)))
    rows = dataset.rows
    assert rows["family"].to_list() == ["web_attack", "ddos"]
    hours = pl.from_epoch(rows["ts_ns"], time_unit="ns").dt.hour()
    assert hours.to_list() == [9, 15]
    assert "orig_ip_bytes" not in rows.columns
    assert dataset.known_names("flow") == (
        "proto_tcp", "proto_udp", "proto_icmp", "duration_s", "orig_packets",
        "orig_packets_per_s", "resp_packets", "resp_packets_per_s", "total_packets",
        "packets_per_s", "resp_share_of_packets",
    )  # fmt: skip
    cleaning = dataset.cleaning
    assert {k: cleaning[k] for k in ("header_again", "no_label", "duplicate")} == {
        "header_again": 1, "no_label": 1, "duplicate": 1,
    }  # fmt: skip
    assert (cleaning["clock_mended"], cleaning["infinite_value"]) == (1, 2)


@pytest.mark.parametrize(
    ("written_as", "hour", "mended"),
    [("2017-07-05 15:00:00.5", 15, 0), ("05/07/2017 03:00:00 PM", 15, 0), ("5/7/2017 3:00", 15, 1)],
)
def test_times_are_read_as_each_form_writes_them(
    tmp_path: Path, written_as: str, hour: int, mended: int
) -> None:
    line = LINE.format(label="DDoS").replace("2017-07-05 10:00:00.500000", written_as)
    dataset = datasets.load(None, written(tmp_path, CORRECTED + line))
    assert pl.from_epoch(dataset.rows["ts_ns"], time_unit="ns").dt.hour().to_list() == [hour]
    assert dataset.cleaning.get("clock_mended", 0) == mended


def test_attempts_without_effect_teach_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, CORRECTED + LINE.format(label="DoS Hulk - Attempted"))
    dataset = datasets.load("cicids2017", path)
    assert dataset.rows.select("family", "malicious").row(0) == (None, None)
    assert dataset.cleaning == {"attempted_without_effect": 1}


def test_impossible_numbers_are_null_and_counted(tmp_path: Path) -> None:
    line = LINE.format(label="BENIGN").replace(",128,92,", ",-4,92,").replace(",2000000,", ",-1,")
    dataset = datasets.load("cicids2017", written(tmp_path, CORRECTED + line))
    row = dataset.rows.row(0, named=True)
    assert (row["orig_ip_bytes"], row["duration_s"]) == (None, None)
    assert dataset.cleaning["impossible_value"] == 2


def test_a_directory_of_packed_files_is_one_set(tmp_path: Path) -> None:
    for day, label in enumerate(("BENIGN", "Botnet")):
        text = CORRECTED + LINE.format(label=label).replace("2017-07-05", f"2017-07-0{day + 6}")
        (tmp_path / f"day{day}.csv.gz").write_bytes(gzip.compress(text.encode()))
    dataset = datasets.load(None, tmp_path)
    assert dataset.rows["family"].to_list() == ["benign", "botnet"]
    assert dataset.rows["capture"].n_unique() == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CORRECTED + LINE.format(label="Rootkit"), "label 'Rootkit' in column 'Label'"),
        (CORRECTED.replace("Flow Duration", "Lasted") + "1\n", "no column 'flow_duration'"),
        (CORRECTED, "no rows below the header"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(DatasetError, match=rf"set\.csv: .*{says}"):
        datasets.load("cicids2017", written(tmp_path, text))


def test_the_real_sets(shared_data: Path) -> None:
    corrected = datasets.load(None, shared_data / "cicids2017" / "cicids2017_improved.csv.gz")
    assert corrected.rows.height == 37_523
    assert corrected.rows["family"].null_count() == 0
    udp = corrected.rows.filter(pl.col("proto") == "udp")
    told = (pl.col("orig_ip_bytes") - 28 * pl.col("orig_packets")).alias("payload")
    assert (udp.select(told)["payload"] == udp["own_total_length_fwd_packet"]).all()
    original = datasets.load(None, shared_data / "cicids2017" / "cicids2017_mlcve_minority.csv.gz")
    assert original.rows.height + original.cleaning["duplicate"] == 4_210
    assert original.order == "file"


def test_a_table_without_labels_is_told_so(tmp_path: Path) -> None:
    head, *rest = CORRECTED.splitlines(keepends=True)
    path = written(tmp_path, head.replace("Label", "Verdict") + "".join(rest))
    with pytest.raises(DatasetError, match="there is no column 'label'"):
        datasets.load(None, path)
