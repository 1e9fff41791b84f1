"""The user's incidents and verdicts: flows behind them bear what was said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lynceus import cli
from lynceus.lab import generate
from lynceus.learn import datasets
from lynceus.learn.dataset import DatasetError
from lynceus.results import Results


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scan")
    (capture,) = generate("vertical_scan", 3, folder / "lab", scale=0.1).captures
    assert cli.execute(["analyze", str(capture), "--out", str(folder / "result")]) == 0
    return folder / "result"


def judged(folder: Path, *verdicts: dict[str, str]) -> None:
    lines = "".join(json.dumps(verdict) + "\n" for verdict in verdicts)
    (folder / "verdicts.jsonl").write_text(lines)


def test_flows_bear_the_last_verdict_of_their_incident(result: Path) -> None:
    incident = Results(result).incidents[0]
    said = {"incident": incident.id[:8], "said_by": "ann", "why": "a scan"}
    judged(result, said | {"verdict": "benign_unusual"}, said | {"verdict": "true_positive"})
    dataset = datasets.load(None, result)
    assert (dataset.name, dataset.sampled_by_label) == ("incidents", True)
    assert dataset.cleaning["verdicts_replaced"] == 1
    rows = dataset.rows
    assert rows.select("label", "malicious", "capture").unique().rows() == [
        ("true_positive", True, incident.id)
    ]
    assert "scan" in rows["family"].to_list()
    assert rows["uid"].n_unique() == rows.height
    assert rows.height >= max(finding.flows_total for finding in incident.findings)
    judged(result, said | {"verdict": "false_positive"})
    assert datasets.load(None, result).rows["family"].unique().to_list() == ["benign"]


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        ({"incident": "x"}, r"verdicts\.jsonl:1: there is no 'verdict'"),
        (
            {"incident": "0000000", "verdict": "false_positive"},
            r"verdicts\.jsonl:1: '0000000': no inci",
        ),
        ({"incident": "0000000", "verdict": "perhaps"}, r"label 'perhaps' in 'verdict'"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    result: Path, verdict: dict[str, str], says: str
) -> None:
    judged(result, verdict)
    with pytest.raises(DatasetError, match=says):
        datasets.load(None, result)
