"""What a run keeps can be shown and explained like what an analysis has written."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import lynceus
from lynceus.cli import execute
from lynceus.kept_results import KeptResults, opened
from lynceus.lab import generate
from lynceus.records import FLOW_SCHEMA, Batch, conform
from lynceus.results import Results, ResultsError
from lynceus.store.lake import Lake
from lynceus.store.ledger import Ledger


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    capture = generate("vertical-scan", seed=2, out=folder / "lab").captures[0]
    analysis = lynceus.analyze(capture)
    (folder / "state").mkdir()
    with Ledger(folder / "state" / "ledger.db") as ledger:
        ledger.tell(analysis.findings, analysis.incidents, at_ns=1)
    # Flows of an interface are of no file.
    of_no_file = {name: pl.lit(None) for name in ("input_digest", "first_frame", "last_frame")}
    flows = lynceus.read_flows(capture).with_columns(**of_no_file)
    Lake(folder / "state" / "lake").add(Batch(conform(flows, FLOW_SCHEMA)))
    (folder / "lynceus.toml").write_text("")
    return folder


@pytest.mark.parametrize("name", ["state", "lynceus.toml"])
def test_flows_of_an_incident_come_out_of_the_lake(state: Path, name: str) -> None:
    results = opened(state / name)
    assert isinstance(results, KeptResults)
    incident = results.incidents[0]
    findings = results.findings(f.id for f in incident.findings)
    assert findings.height == len(incident.findings)
    flows = results.flows_of(findings)
    assert flows["uid"].n_unique() >= 100
    assert set(flows["finding"]) <= set(findings["id"])


def test_it_is_explained_and_its_packets_cut_out_of_a_capture(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    incident = opened(state / "state").incidents[0].id
    out, (capture,) = tmp_path / "cut.pcapng", (state / "lab").glob("*.pcap")
    command = ["explain", str(state / "state"), incident, "--pcap", str(out)]
    assert execute([*command, "--capture", str(capture)]) == 0
    assert "vertical_scan" in capsys.readouterr().out
    assert out.stat().st_size > 1_000
    assert execute(["show", str(state / "state"), "--json"]) == 0
    assert incident in capsys.readouterr().out


def test_packets_come_out_of_the_ring_of_an_interface(state: Path, tmp_path: Path) -> None:
    results = opened(state / "state")
    incident = results.incidents[0]
    (capture,) = (state / "lab").glob("*.pcap")
    ring = state / "state" / "sources" / "lan" / "packets"
    ring.mkdir(parents=True)
    first = results.flows_of(results.findings(f.id for f in incident.findings))["ts_ns"].min()
    (ring / f"{first}.pcapng").write_bytes(capture.read_bytes())
    out = tmp_path / "cut.pcapng"
    assert execute(["explain", str(state / "state"), incident.id, "--pcap", str(out)]) == 0
    assert out.stat().st_size > 1_000


def test_other_directories_are_those_of_an_analysis(tmp_path: Path) -> None:
    assert type(opened(tmp_path)) is Results
    broken = tmp_path / "lynceus.toml"
    broken.write_text("[run]\nlak = 'x'")
    with pytest.raises(ResultsError, match="did you mean"):
        opened(broken)
    (tmp_path / "ledger.db").write_text("no database")
    with pytest.raises(ResultsError, match="cannot be opened"):
        _ = opened(tmp_path).incidents
