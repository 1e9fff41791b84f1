"""Captures with the truth beside them: flows of an attack bear its name, all others are benign."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lynceus.features import vector
from lynceus.lab import generate
from lynceus.learn import datasets
from lynceus.learn.dataset import DatasetError


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scan")
    generate("vertical_scan", 3, folder, scale=0.1)
    return folder


def test_flows_of_the_attack_bear_its_family(lab: Path) -> None:
    dataset = datasets.load(None, lab)
    (deed,) = map(json.loads, (lab / "truth.jsonl").read_text().splitlines())
    attacked = dataset.rows.filter("malicious")
    assert dataset.name == "capture"
    assert dataset.order == "time"
    assert attacked["label"].unique().to_list() == ["vertical_scan"]
    assert attacked["family"].unique().to_list() == ["scan"]
    assert set(attacked["orig_h"]) == set(deed["orig_h"])
    assert set(attacked["resp_p"]) == set(deed["resp_p"])
    benign = dataset.rows.filter(~dataset.rows["malicious"])
    assert benign["family"].unique().to_list() == ["benign"]
    assert set(dataset.known_names("packet")) > set(vector.names("flow"))


def test_a_truth_of_ones_own_needs_little(lab: Path, tmp_path: Path) -> None:
    capture = tmp_path / "mine.pcap"
    capture.write_bytes(next(lab.glob("*.pcap")).read_bytes())
    (deed,) = map(json.loads, (lab / "truth.jsonl").read_text().splitlines())
    truth = tmp_path / "truth.jsonl"
    truth.write_text(json.dumps({"attack": "brute_force", "service": "ssh",
                                 "orig_h": deed["orig_h"][0], "first_seen": "2031-01-01T00:00:00Z"
                                 }) + "\n" + json.dumps({"attack": "wrong_clock",
                                                         "orig_h": deed["orig_h"]}))  # fmt: skip
    dataset = datasets.load(None, capture)
    assert dataset.cleaning == {"attacks_without_a_flow": 1}
    attacked = dataset.rows.filter("malicious")
    assert attacked.select("label", "family").unique().rows() == [("wrong_clock", None)]
    truth.write_text("")
    assert not datasets.load(None, capture).rows["malicious"].any()


def test_an_attack_that_nothing_is_named_after_is_refused(lab: Path, tmp_path: Path) -> None:
    capture = tmp_path / "mine.pcap"
    capture.write_bytes(next(lab.glob("*.pcap")).read_bytes())
    (tmp_path / "truth.jsonl").write_text('{"attack": "mischief", "orig_h": ["10.0.0.1"]}\n')
    with pytest.raises(DatasetError, match=r"truth\.jsonl: label 'mischief' in 'attack'"):
        datasets.load(None, tmp_path)
