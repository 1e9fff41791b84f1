"""The main job: the same incidents from a path, a frame and a directory; losses told."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import lynceus
from lynceus.analysis import Spool
from lynceus.lab import generate
from lynceus.models import Scoring, shipped
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, SCORED, Batch, conform
from lynceus.testing import flow, flows


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lab = generate("vertical-scan", seed=4, out=tmp_path_factory.mktemp("lab"))
    return Path(lab.captures[0])


def told(analysis: lynceus.Analysis) -> list[str]:
    return [incident.model_dump_json() for incident in analysis.incidents]


def test_twice_the_same_input_twice_the_same_bytes(capture: Path) -> None:
    first, second = lynceus.analyze(capture), lynceus.analyze([capture])
    assert told(first) == told(second)
    assert first.findings.equals(second.findings)
    assert first.incidents


def test_flows_of_a_capture_give_the_scan_again(capture: Path) -> None:
    flows = lynceus.read_flows(capture)
    for table in (flows, flows.to_arrow(), flows.to_pandas()):
        found = lynceus.analyze(table).findings
        assert "vertical_scan" in found["detector"].to_list()


def test_the_result_directory_holds_what_was_read(capture: Path, tmp_path: Path) -> None:
    analysis = lynceus.analyze(capture, out=tmp_path)
    written = pl.read_parquet(tmp_path / "flows.parquet")
    assert list(written.schema.items())[: len(FLOW_SCHEMA)] == list(FLOW_SCHEMA.items())
    assert set(written.columns) - set(FLOW_SCHEMA) <= set(SCORED), "and what models say of them"
    assert written.height == analysis.flows.height
    for name, frame in analysis.events.items():
        assert pl.read_parquet(tmp_path / "events" / f"{name}.parquet").height == frame.height


def test_the_same_capture_given_twice_counts_once(capture: Path) -> None:
    once, twice = lynceus.analyze(capture), lynceus.analyze([capture, capture])
    assert twice.flows.height == once.flows.height
    assert twice.account.dropped["duplicate"] >= once.flows.height
    assert [i.title for i in twice.incidents] == [i.title for i in once.incidents]


def test_every_sentence_names_findings_of_its_incident(capture: Path) -> None:
    for incident in lynceus.analyze(capture).incidents:
        own = {finding.id for finding in incident.findings}
        for sentence in incident.sentences:
            assert sentence.findings
            assert set(sentence.findings) <= own
        assert json.loads(incident.model_dump_json())["id"] == incident.id


def test_entries_of_a_list_that_are_not_used_are_told(capture: Path, tmp_path: Path) -> None:
    intel = tmp_path / "intel.txt"
    intel.write_text("0.0.0.0/0\n203.0.113.99\n", encoding="utf-8")
    analysis = lynceus.analyze(capture, intel=[intel])
    assert any("0.0.0.0/0" in line for line in analysis.told)


def test_unusable_input_is_one_clear_error(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pcap"
    empty.touch()
    with pytest.raises(lynceus.InputError, match="empty"):
        lynceus.analyze(empty)


def test_flows_that_were_judged_together_are_kept_and_written_as_they_came(tmp_path: Path) -> None:
    models, _ = shipped()
    batches = [
        conform(flows([flow(at, uid=f"{at}", orig_packets=n) for at in range(n)]), FLOW_SCHEMA)
        for n in (3, 1, 2)
    ]
    with Spool(tmp_path, Scoring(models)) as spool:
        for batch in batches:
            spool.take(Batch(batch))
        kept = spool.rows().flows
    alone = pl.concat([Scoring(models).scored(batch) for batch in batches])
    columns = ["uid", "attack_family_class", "attack_family_probability"]
    assert alone["attack_family_class"].null_count() == 0
    assert_frame_equal(kept.select(columns), alone.select(columns))
    written = pl.read_parquet(tmp_path / "flows.parquet")
    assert_frame_equal(written.select(columns), kept.select(columns))


def test_a_spool_keeps_lean_rows_and_writes_whole_ones(tmp_path: Path) -> None:
    flow = conform(pl.DataFrame({"uid": ["a"], "orig_h": ["192.0.2.1"]}), FLOW_SCHEMA)
    dns = conform(pl.DataFrame({"query": ["example.net"]}), EVENT_SCHEMAS["dns"])
    with Spool(tmp_path) as spool:
        spool.take(Batch(flow, {"dns": dns}))
        rows = spool.rows()
    assert rows.flows["uid"].to_list() == ["a"]
    assert pl.read_parquet(tmp_path / "flows.parquet").equals(flow)
    assert pl.read_parquet(tmp_path / "events" / "dns.parquet").equals(dns)
