"""`attack_captures`: captures labelled whole, without what every machine does for itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lynceus.learn.dataset import DatasetError
from lynceus.learn.datasets import load, recognised
from lynceus.learn.datasets.attack_captures import HEADER

RDP = "pcap-attack/LM_rdp_sharprdp.pcapng"
WEB = "elcabezzonn/script_grab_from_github.pcap"


@pytest.fixture
def folder(tmp_path: Path, shared_data: Path) -> Path:
    for name in (RDP, WEB):
        there = shared_data / "attack-pcaps" / name
        there = there if there.exists() else there.with_name(f"{there.name}.gz")
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(there, (tmp_path / name).parent)
    (tmp_path / "labels.csv").write_text(
        f"{HEADER},bytes\n{RDP},Lateral Movement,1\n{WEB},BENIGN download,1\ngone.pcap,C2,1\n"
    )
    return tmp_path


def test_flows_bear_the_label_of_their_capture(folder: Path) -> None:
    assert recognised(folder) == "attack_captures"
    rows = load(None, folder).rows
    told = {capture: set(part["malicious"]) for (capture,), part in rows.group_by("capture")}
    assert told == {RDP: {True, None}, WEB: {False}}
    assert set(rows.filter("malicious")["family"]) == {None}


def test_what_goes_to_a_known_name_is_no_attack_for_sure(folder: Path) -> None:
    text = (folder / "labels.csv").read_text()
    (folder / "labels.csv").write_text(text.replace("BENIGN download", "Execution"))
    dataset = load(None, folder)
    web = dataset.rows.filter(capture=WEB)
    assert set(web.filter(service="tls")["malicious"]) == {None}
    assert set(web.filter(service="dns")["malicious"]) <= {None}
    assert dataset.cleaning["to_a_server_with_a_known_name"] >= 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEADER}\n", "none of the captures in column 'file' is there"),
        (f"{HEADER}\nsome.pcap,\n", "line 2: expected a file and its label"),
        (f"{HEADER}\ngone.pcap,C2\n", "none of the captures"),
    ],
    ids=["empty", "no label", "absent"],
)
def test_a_bad_list_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(DatasetError, match=message):
        load("attack_captures", tmp_path)
