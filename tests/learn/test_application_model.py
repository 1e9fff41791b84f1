"""`application_model`: which flows are learned from, and what is held out."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from lynceus.learn.application_model import (
    FOLDS,
    MOST_ALIKE,
    Flows,
    artefact,
    folds_of,
    in_turn,
    statistics,
    sureness,
)
from lynceus.learn.dataset import Dataset, DatasetError
from lynceus.learn.learners import DecisionTree
from lynceus.learn.sequence import INPUTS, Convolution
from lynceus.models.served import Served


def dataset(rows: list[tuple[str, str, int]]) -> Dataset:
    """Flows given as capture, kind and packets; mail is small packets, web large ones."""
    told = [
        {
            "capture": capture,
            "own_application": kind,
            "label": f"TLS.{kind}",
            "proto": "tcp",
            "orig_packets": packets,
            "resp_packets": packets,
            "orig_ip_bytes": packets * {"mail": 100, "web": 1400}.get(kind, 600),
            "seq_size_bytes": [{"mail": 100, "web": 1400}.get(kind, 600) + at] * packets,
            "seq_from_orig": [at % 2 == 0] * packets,
            "seq_gap_us": [1000] * packets,
        }
        for at, (capture, kind, packets) in enumerate(rows)
    ]
    return Dataset("made", pl.DataFrame(told), "file")


ROWS = [(f"{kind}{letter}.pcap", kind, 8) for kind in ("mail", "web") for letter in "abcdef"] * 3


def test_short_flows_rare_kinds_and_repetition_are_left_out() -> None:
    rows = [*ROWS, ("x.pcap", "mail", 2), ("y.pcap", "voip", 9), *[("z.pcap", "web", 9)] * 60]
    flows = Flows.of(dataset(rows))
    assert flows.kinds == ("mail", "web")
    assert (flows.rows["capture"] == "z.pcap").sum() == MOST_ALIKE
    assert (flows.rows["seq_size_bytes"].list.len() >= 4).all()
    assert flows.weights.mean() == pytest.approx(1)
    assert flows.weights[-1] < flows.weights[0]


def test_one_kind_alone_is_an_error() -> None:
    with pytest.raises(DatasetError, match="too few kinds"):
        Flows.of(dataset([row for row in ROWS if row[1] == "web"]))


def test_whole_families_are_held_out() -> None:
    groups = np.array([f"g{n % 17}" for n in range(200)], object)
    fold = folds_of(groups)
    assert set(fold) == set(range(FOLDS))
    assert all(len(set(fold[groups == group])) == 1 for group in set(groups))
    assert np.array_equal(fold, folds_of(groups))


def test_each_capture_is_judged_by_a_model_of_others() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed: lynceus[train]")
    flows = Flows.of(dataset(ROWS))
    told = in_turn(DecisionTree(), flows)
    assert (np.asarray(flows.kinds, object)[told.argmax(1)] == flows.truth).all()
    assert (sureness(told) == 1).all()


def test_statistics_are_no_packet_of_the_sequence() -> None:
    assert not set(statistics()) & set(INPUTS) - {"proto_tcp"}
    assert not any("window" in name or "entropy" in name for name in statistics())


@pytest.mark.long
def test_what_is_served_names_kinds_and_alerts_on_nothing() -> None:
    for module in ("torch", "onnxscript"):
        pytest.importorskip(module, reason=f"{module} is not installed: lynceus[deep]")
    pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed: lynceus[onnx]")
    data = dataset(ROWS)
    network = Convolution(settings={"hidden": 8, "epochs": 20, "rate": 1e-2, "dropout": 0.1})
    made = artefact(Flows.of(data), data, network, version=3)
    assert (made.manifest.label, made.manifest.gate.passed) == ("application_convolution-3", False)
    said = Served(made).judged(data.rows)
    named = said["class"].to_numpy() == data.rows["own_application"].to_numpy()
    assert named.mean() > 0.8
    assert not said["alerts"].any()
