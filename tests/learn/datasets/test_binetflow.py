"""Labelled Argus flows: counts of packets are used, bytes of frames are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.learn import datasets
from lynceus.learn.dataset import DatasetError

HEADER = "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,TotPkts,TotBytes,SrcBytes,SrcPkts,Label\n"  # noqa: E501
ROW = "2011/08/10 09:46:59.6,1.5,tcp,147.32.84.165,{},   ->,77.75.73.156,80,FSPA_FSPA,10,1200,700,6,{}\n"  # noqa: E501


def test_words_of_ctu_labels(tmp_path: Path) -> None:
    labels = ("From-Botnet-V42-TCP-CC", "From-Normal-V42-Jist", "Background-TCP", "To-Somewhere")
    path = tmp_path / "capture20110810.binetflow"
    path.write_text(
        HEADER + "".join(ROW.format(n, f"flow={label}") for n, label in enumerate(labels, 1_000))
    )
    dataset = datasets.load(None, path)
    assert dataset.name == "binetflow"
    assert dataset.rows.sort("orig_p")["family"].to_list() == ["botnet", "benign", None, None]
    assert dataset.cleaning == {"label_says_neither": 1, "neither_benign_nor_malicious": 2}
    assert dataset.rows["capture"].unique().to_list() == ["capture20110810"]
    numbers = dataset.vectors("flow").row(0, named=True)
    assert (numbers["duration_s"], numbers["orig_packets"], numbers["resp_packets"]) == (1.5, 6, 4)
    assert numbers["orig_ip_bytes"] is None


def test_flows_without_labels_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bare.binetflow"
    path.write_text(HEADER + ROW.format(1, ""))
    with pytest.raises(DatasetError, match=r"bare\.binetflow: no row has a label"):
        datasets.load("binetflow", path)
    path.write_text(HEADER.replace(",Label", "") + ROW.format(1, "").removesuffix(",\n") + "\n")
    with pytest.raises(DatasetError, match="not a data set that is known"):
        datasets.recognised(path)


def test_the_real_file(shared_data: Path) -> None:
    folder = shared_data / "stratosphere" / "binetflow"
    dataset = datasets.load(None, folder)
    assert dataset.rows["malicious"].sum() == 4_637 + 1_640
    assert dataset.order == "time"
