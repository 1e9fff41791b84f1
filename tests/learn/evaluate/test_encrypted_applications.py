"""`encrypted_applications`: what the task tells of flows whose kinds are easy or are not there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from learn.test_application_model import ROWS, dataset
from lynceus.learn.dataset import DatasetError
from lynceus.learn.evaluate import encrypted_applications
from lynceus.learn.evaluate.encrypted_applications import EncryptedApplications
from lynceus.learn.learners import DecisionTree


@pytest.fixture
def easy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two kinds that differ in their sizes, judged by trees in place of networks."""
    pytest.importorskip("sklearn", reason="scikit-learn is not installed: lynceus[train]")
    flows = dataset([*ROWS, ("only-here.pcap", "web", 8)])
    label = (
        pl.when(pl.col("capture") == "only-here.pcap").then(pl.lit("TLS.Rare")).otherwise("label")
    )
    rows = flows.rows.with_columns(label=label, service=pl.lit("tls"))
    monkeypatch.setattr(encrypted_applications, "_captures", lambda _: replace(flows, rows=rows))
    trees = (DecisionTree("statistics"), DecisionTree("recurrent"), DecisionTree("convolution"))
    monkeypatch.setattr(encrypted_applications, "learners", lambda: trees)


@pytest.mark.usefixtures("easy")
def test_figures_of_every_model_and_its_table(tmp_path: Path) -> None:
    result = EncryptedApplications().run(tmp_path)
    told = {figure.name: figure for figure in result.figures}
    for model in ("statistics", "recurrent", "convolution", "ensemble"):
        assert told[f"{model}, all flows: accuracy"].value.startswith("1")
    (seen,) = (figure for name, figure in told.items() if "unseen" in name)
    assert seen.met is False
    assert len(result.parts) == 4
    assert result.parts[0].rows[0] == {"is": "mail", "mail": "18", "web": "0"}
    assert "1 flows of applications that no other fold has" in result.notes[0]


@pytest.mark.usefixtures("easy")
def test_trained_on_one_set_and_tested_on_another(tmp_path: Path) -> None:
    result = EncryptedApplications().run(tmp_path, trained_on=tmp_path)
    assert result.figures[0].value.startswith("1")


def test_without_captures_it_says_what_it_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"is a directory with captures and labels\.csv"):
        EncryptedApplications().run(tmp_path)
