"""Damaged tables of every set are refused in one line or read for what they are, never a crash."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from lynceus.learn import datasets
from lynceus.learn.dataset import DatasetError

SEEDS = {
    "cicids2017": "cicids2017/cicids2017_improved.csv.gz",
    "unsw_nb15": "unsw-nb15/unsw_nb15_raw49_sample.csv.gz",
    "nsl_kdd": "nsl-kdd/KDDTrain+_20Percent.txt.gz",
    "iscx_vpn2016": "iscx-vpn2016/TimeBasedFeatures-15s-14class.arff.gz",
    "binetflow": "stratosphere/binetflow/netflowlabeler-test5.tabs.binetflow.gz",
    "stratosphere": "stratosphere/zeek-labelled/001-zeek-scenario-malicious/labeled-conn.log.gz",
}
PIECES = (
    b",", b"\n", b'"', b"\0", b"\xff\xfe", b"-1", b"1e308", b"NaN", b"Infinity", b"99999999999999",
    b"", b"\t", b"\xf0\x9f\x98\x80", b"@DATA\n", b"#fields\t", b"2e30",
)  # fmt: skip


def damaged(data: bytes, dice: np.random.Generator) -> bytes:
    """The bytes with a few places overwritten by what hurts."""
    for _ in range(int(dice.integers(1, 9))):
        at = int(dice.integers(0, len(data)))
        cut = int(dice.integers(0, 30))
        data = data[:at] + PIECES[int(dice.integers(len(PIECES)))] + data[at + cut :]
    return data


@pytest.mark.parametrize("name", SEEDS)
def test_damage_is_read_or_refused(name: str, shared_data: Path, tmp_path: Path) -> None:
    lines = gzip.decompress((shared_data / SEEDS[name]).read_bytes()).splitlines(keepends=True)
    seed = b"".join(lines[:45])
    dice = np.random.default_rng(11)
    path = tmp_path / SEEDS[name].rsplit("/", 1)[-1].removesuffix(".gz")
    read = 0
    for _ in range(12):
        path.write_bytes(damaged(seed, dice))
        try:
            dataset = datasets.load(name, path)
        except DatasetError as error:
            assert path.name in str(error)
            assert "\n" not in str(error)
            continue
        read += 1
        numbers = dataset.vectors("packet")
        assert numbers.height == dataset.rows.height
    assert read
