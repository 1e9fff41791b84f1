"""`ndpi_apps`: captures of applications with the verdicts of nDPI."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lynceus.learn import ndpi
from lynceus.learn.dataset import DatasetError
from lynceus.learn.datasets import load, recognised
from lynceus.learn.datasets.ndpi_apps import HEADER, families


@pytest.fixture
def folder(tmp_path: Path, shared_data: Path) -> Path:
    (tmp_path / "labels.csv").write_text(HEADER + ",bytes\n")
    for name in ("443-opvn.pcap.gz", "dns.pcap", "443-chrome.pcap"):
        shutil.copy(shared_data / "ndpi-apps" / name, tmp_path)
    return tmp_path


@pytest.mark.skipif(not ndpi.present(), reason="no ndpiReader (Debian package libndpi-bin)")
def test_flows_bear_the_verdict_and_the_kind(folder: Path) -> None:
    assert recognised(folder) == "ndpi_apps"
    rows = load(None, folder).rows
    told = set(rows.select("capture", "own_application").iter_rows())
    assert {("443-opvn.pcap", "vpn"), ("dns.pcap", "network"), ("443-chrome.pcap", None)} == told
    assert rows["malicious"].is_null().eq(rows["own_application"].is_null()).all()
    assert not rows["malicious"].any()


def test_a_folder_without_captures_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(HEADER + "\n")
    with pytest.raises(DatasetError, match="no capture in it"):
        load("ndpi_apps", tmp_path)


def test_like_named_captures_are_of_one_family() -> None:
    names = ["quic-23.pcap", "quic-v2.pcapng", "quic046.pcap", "wa_voice.pcap", "a/rdp3.pcap"]
    assert families(names) == ["quic", "quic", "quic", "wa", "rdp"]
