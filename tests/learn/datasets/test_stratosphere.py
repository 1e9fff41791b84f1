"""Labelled Zeek: one capture a directory, labels by their words, both ways of writing them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from lynceus.learn import datasets
from lynceus.learn.dataset import DatasetError
from lynceus.learn.splits import leave_one_out

FIELDS = (
    "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes "
    "conn_state missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes"
)
ROW = "1525879831.5 C{n} 10.0.0.{n} 5000{n} 192.0.2.1 23 tcp - 2.5 0 0 S0 0 S 3 180 0 0"


def conn_log(folder: Path, labels: list[str], *, parted_by: str = "\t", name: str) -> Path:
    """A conn.log with `label` and `detailedlabel`; IoT-23 parts them from the rest by spaces."""
    folder.mkdir(parents=True)
    lines = ["#separator \\x09", "#set_separator\t,", "#unset_field\t-", "#path\tconn"]
    head = parted_by.join(("tunnel_parents", "label", "detailed-label"))
    lines.append("\t".join(("#fields", *FIELDS.split(), head)))
    for n, label in enumerate(labels):
        row = ROW.format(n=n).split()
        last = parted_by.join(("-", *label.split("|")))
        lines.append("\t".join((*row, last)))
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def test_each_directory_is_a_capture_and_the_originator_its_host(tmp_path: Path) -> None:
    conn_log(tmp_path / "bot-1", ["Malicious|C&C", "Background|-"], name="conn.log.labeled")
    conn_log(tmp_path / "iot-2" / "bro", ["benign|-", "Malicious|PartOfAHorizontalPortScan"],
             parted_by="   ", name="conn.log.labeled")  # fmt: skip
    dataset = datasets.load(None, tmp_path)
    told = dataset.rows.sort("capture", "host").select("capture", "host", "family", "malicious")
    assert told.rows() == [
        ("bot-1", "10.0.0.0", "botnet", True),
        ("bot-1", "10.0.0.1", None, None),
        ("iot-2", "10.0.0.0", "benign", False),
        ("iot-2", "10.0.0.1", "scan", True),
    ]
    assert dataset.name == "stratosphere"
    assert dataset.vectors("flow")["orig_ip_bytes_per_packet"].unique().to_list() == [60.0]
    held = [test.rows["capture"][0] for _, test in leave_one_out(dataset)]
    assert held == ["bot-1", "iot-2"]


def test_labels_without_a_word_that_is_known_are_refused(tmp_path: Path) -> None:
    conn_log(tmp_path / "odd", ["Purple|-"], name="conn.log")
    with pytest.raises(DatasetError, match=r"conn\.log: label 'Purple' in column 'label' says"):
        datasets.load("stratosphere", tmp_path)
    (tmp_path / "none").mkdir()
    with pytest.raises(DatasetError, match=r"none: no labelled conn\.log in it"):
        datasets.load("stratosphere", tmp_path / "none")


def test_the_real_captures(shared_data: Path) -> None:
    dataset = datasets.load(None, shared_data / "stratosphere" / "zeek-labelled")
    counts = dataset.rows.group_by("capture").agg(
        pl.len(), attackers=pl.col("host").filter(pl.col("malicious")).n_unique()
    )
    assert dict(counts.select("capture", "len").rows()) == {
        "001-zeek-scenario-malicious": 992, "008-zeek-mixed": 5_663, "011-zeek-mixed": 9_048,
        "2023-02-20-benign-host": 3_603,
    }  # fmt: skip
    assert dataset.rows.filter(malicious=True)["family"].unique().sort().to_list() == [
        None, "botnet",
    ]  # fmt: skip
