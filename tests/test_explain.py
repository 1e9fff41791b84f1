"""From an incident to its findings, flows and packets: results, explain and cutting."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import subprocess
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from lynceus import analyze, cli
from lynceus.cutting import cut_out
from lynceus.explain import Depth, render
from lynceus.incident import Incident
from lynceus.ingest import read_flows
from lynceus.lab import generate
from lynceus.present import jsonl
from lynceus.results import Results, ResultsError, digest_of, write_inputs


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scan of ports and an ARP scan in a little ordinary traffic."""
    folder = tmp_path_factory.mktemp("lab")
    made = generate("vertical_scan", 3, folder, scale=0.05, attack=["vertical_scan", "arp_scan"])
    return made.captures[0]


def analysed(capture: Path, folder: Path) -> Results:
    """A result directory of a capture."""
    folder.mkdir(exist_ok=True)
    found = analyze(capture, out=folder, models=())
    jsonl.write_incidents(found.incidents, folder / "incidents.jsonl")
    jsonl.write_findings(found.findings, folder / "findings.jsonl")
    write_inputs([str(capture)], folder)
    return Results(folder)


@pytest.fixture(scope="module")
def results(capture: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """What the analysis of the capture left."""
    return analysed(capture, tmp_path_factory.mktemp("results"))


def told_by(results: Results, detector: str) -> Incident:
    """The incident that a detector tells of."""
    (found,) = [i for i in results.incidents if i.findings[0].detector == detector]
    return found


def page(results: Results, incident: Incident, width: int = 100, **depth: int) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False, emoji=False, markup=False)
    flows = results.flows_of(results.findings(f.id for f in incident.findings))
    render(incident, flows, console, Depth(**depth))
    return stream.getvalue()


def test_an_incident_is_found_by_how_its_id_begins(results: Results) -> None:
    incident = told_by(results, "vertical_scan")
    assert results.incident(incident.id[:6].upper()) == incident
    with pytest.raises(ResultsError, match="at least 4 characters"):
        results.incident(incident.id[:3])
    with pytest.raises(ResultsError, match=f"no incident has such an id.*{incident.id}"):
        results.incident("zzzz")


def test_what_is_no_result_directory_is_said(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"holds no incidents\.jsonl"):
        _ = Results(tmp_path).incidents
    (tmp_path / "incidents.jsonl").write_text('{"id": 1}\n')
    with pytest.raises(ResultsError, match="cannot be read as incidents"):
        _ = Results(tmp_path).incidents
    (tmp_path / "findings.jsonl").write_text("[1]\n")
    with pytest.raises(ResultsError, match="cannot be read as findings"):
        Results(tmp_path).findings(["x"])
    (tmp_path / "findings.jsonl").write_text("[" * 100_000)
    with pytest.raises(ResultsError, match="cannot be read as findings"):
        Results(tmp_path).findings(["x"])
    (tmp_path / "inputs.json").write_text("{}")
    with pytest.raises(ResultsError, match=r"inputs\.json: cannot be read"):
        _ = Results(tmp_path).inputs


def test_all_flows_behind_a_finding_are_found_again(results: Results) -> None:
    (record,) = told_by(results, "vertical_scan").findings
    assert record.flows_total > len(record.flow_uids) == 100
    flows = results.flows_of(results.findings([record.id]))
    assert flows.height == record.flows_total
    assert set(flows["orig_h"]) == {record.orig_h}
    assert set(record.flow_uids) <= set(flows["uid"])


def test_the_page_walks_from_sentences_to_flows(results: Results) -> None:
    incident = told_by(results, "vertical_scan")
    told = page(results, incident, flows=3)
    lines = told.splitlines()
    assert all(len(line) <= 100 and line == line.rstrip() for line in lines)
    (record,) = incident.findings
    assert record.id in told and incident.id in told
    assert "[1]" in told and "the first 3" in told
    assert sum(line.count(f"{record.orig_h}:") for line in lines) == 3
    assert "and 1 more finding" not in told


@pytest.mark.parametrize("width", [80, 132])
def test_the_page_fits_other_screens_and_shows_hostile_text(results: Results, width: int) -> None:
    incident = told_by(results, "vertical_scan")
    bad = "evil\x1b[31m\u202e\n[bold]"
    record = incident.findings[0].model_copy(
        update={"because": bad, "evidence": {"names": [bad] * 9, "at_ns": 1_700_000_000 * 10**9}}
    )
    entity = incident.entities[0].model_copy(update={"id": bad, "name": bad})
    hostile = incident.model_copy(
        update={"title": bad, "findings": (record,), "entities": (entity,)}
    )
    told = page(results, hostile, width)
    assert "\x1b" not in told and "\u202e" not in told and "[bold]" in told
    words = " ".join(told.split())
    assert "and 3 more" in words and "2023-11-14 22:13:20" in words
    assert "frame" in words
    assert max(map(len, told.splitlines())) <= width


def test_the_packets_of_an_incident_are_those_of_its_flows(
    results: Results, tmp_path: Path
) -> None:
    incident = told_by(results, "vertical_scan")
    out = tmp_path / "cut.pcapng"
    cut = cut_out(results, incident, out)
    flows = results.flows_of(results.findings(f.id for f in incident.findings))
    assert cut.packets == flows["total_packets"].sum()
    again = read_flows(out)
    keys = ["community_id", "ts_ns", "end_ns", "total_packets", "total_bytes"]
    assert again.select(keys).sort(keys).equals(flows.select(keys).sort(keys))
    assert not list(tmp_path.glob(".*"))


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_wireshark_shows_the_findings_where_they_happened(results: Results, tmp_path: Path) -> None:
    for detector in ("vertical_scan", "arp_scan"):
        incident = told_by(results, detector)
        out = tmp_path / f"{detector}.pcapng"
        cut = cut_out(results, incident, out)
        shown = subprocess.run(
            ["tshark", "-r", str(out), "-T", "fields", "-e", "frame.comment",
             "-e", "arp.src.proto_ipv4"],
            capture_output=True, text=True, check=True,
        ).stdout.splitlines()  # fmt: skip
        assert len(shown) == cut.packets > 0
        record = incident.findings[0]
        first, _, sender = shown[0].partition("\t")
        assert record.because in first and record.id in first and detector in first
        commented = [line for line in shown if record.id in line]
        if detector == "arp_scan":
            assert {line.split("\t")[1] for line in shown} == {record.orig_h} == {sender}
            assert len(commented) == 1
        else:
            assert len(commented) == record.flows_total


def test_the_capture_may_lie_elsewhere_but_has_to_be_the_one(
    results: Results, capture: Path, tmp_path: Path
) -> None:
    incident = told_by(results, "vertical_scan")
    out = tmp_path / "cut.pcapng"
    packed = tmp_path / "moved.pcap.gz"
    packed.write_bytes(gzip.compress(capture.read_bytes(), 1))
    moved = cut_out(results, incident, out, [packed])
    assert moved.captures == (packed,)
    other = generate("beacon", 5, tmp_path / "other", scale=0.05).captures[0]
    with pytest.raises(ResultsError, match="not the capture of this incident"):
        cut_out(results, incident, out, [other])
    (tmp_path / "text").write_text("no capture\n")
    with pytest.raises(ResultsError, match="not a capture"):
        cut_out(results, incident, out, [tmp_path / "text"])


def test_a_capture_that_is_gone_is_named(capture: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.pcap"
    shutil.copy(capture, copy)
    results = analysed(copy, tmp_path / "results")
    copy.unlink()
    with pytest.raises(ResultsError, match=r"no longer at .*copy\.pcap; name it with --capture"):
        cut_out(results, told_by(results, "vertical_scan"), tmp_path / "cut.pcapng")


def test_flows_of_logs_are_cut_from_a_capture_by_their_times(
    results: Results, capture: Path, tmp_path: Path
) -> None:
    incident = told_by(results, "vertical_scan")
    shutil.copytree(results.folder, tmp_path / "logs")
    path = tmp_path / "logs" / "flows.parquet"
    null = [pl.lit(None, pl.UInt64).alias(name) for name in ("first_frame", "last_frame")]
    pl.read_parquet(path).with_columns(null).write_parquet(path)
    of_logs = cut_out(Results(tmp_path / "logs"), incident, tmp_path / "a.pcapng", [capture])
    of_capture = cut_out(results, incident, tmp_path / "b.pcapng")
    assert of_logs.packets == of_capture.packets


def test_the_digest_is_that_of_the_unpacked_input(capture: Path, tmp_path: Path) -> None:
    packed = tmp_path / "a.gz"
    packed.write_bytes(gzip.compress(capture.read_bytes(), 1))
    assert digest_of(packed) == digest_of(capture) == read_flows(capture)["input_digest"][0]
    assert digest_of(tmp_path) is None and digest_of(tmp_path / "none") is None


def test_the_command(capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "results"
    assert cli.execute(["analyze", str(capture), "--no-models", "--out", str(out)]) == 0
    recorded = json.loads((out / "inputs.json").read_text())["inputs"]
    assert recorded == [{"path": str(capture), "digest": digest_of(capture)}]
    incident = told_by(Results(out), "vertical_scan")
    cut = tmp_path / "cut.pcapng"
    capsys.readouterr()
    assert cli.execute(["explain", str(out), incident.id[:8], "--pcap", str(cut)]) == 0
    told = capsys.readouterr()
    assert incident.title in " ".join(told.out.split())
    assert str(cut) in told.err and cut.exists()
    for wrong, said in (
        ([str(out), "ffff"], "no incident has such an id"),
        ([str(out), incident.id, "--pcap", str(cut)], "exists already"),
        ([str(out), incident.id, "--pcap", str(tmp_path / "no" / "x")], "no such directory"),
        ([str(out), incident.id, "--capture", str(capture)], "--pcap"),
        ([str(tmp_path), incident.id], "holds no incidents.jsonl"),
    ):
        assert cli.execute(["explain", *wrong]) == 2
        assert said in capsys.readouterr().err
