"""Flow exports of real exporters, held to what pmacct and softflowd say of them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from oracles.flow_export import (
    CAPTURE,
    EXPORTS,
    exporters,
    has_softflowd,
    pmacct,
    read,
    softflowd,
    unsaid,
)

from lynceus.ingest import open_input
from lynceus.ingest.flow_export import FlowExport


@pytest.mark.parametrize("case", ["100", "101", "102", "103", "104", "106", "110"])
def test_records_are_those_that_pmacct_expects(shared_data: Path, case: str) -> None:
    (folder,) = (shared_data / "flow-export" / "pmacct").glob(f"{case}-*")
    expected, found = pmacct(folder)
    assert expected
    assert found == expected


def test_every_datagram_of_the_codecs_is_decoded(shared_data: Path) -> None:
    for vendor, paths in exporters(shared_data / "flow-export" / "codec-netflow").items():
        source, records = read(paths)
        # Netscaler's file of templates lacks one that its data uses.
        lost = {"template_never_came": 1} if "netscaler" in vendor else {}
        assert source.account.dropped == lost, vendor
        assert records.height, vendor


@pytest.mark.parametrize("folder", ["graylog", "sflow", "pmacct"])
def test_real_captures_are_recognised_and_read(shared_data: Path, folder: str) -> None:
    captures = sorted((shared_data / "flow-export" / folder).rglob("*.pcap*"))
    assert captures
    for path in captures:
        source = open_input(path)
        # Of this one the UDP header says that eight bytes are all.
        if path.name == "sflow_print-segv.pcap":
            assert not isinstance(source, FlowExport)
            continue
        assert isinstance(source, FlowExport), path.name
        list(source.batches())
        assert source.account.balanced
        assert not set(source.account.dropped) - {"duplicate"}, path.name


@pytest.mark.skipif(not has_softflowd(), reason="softflowd is not installed")
@pytest.mark.parametrize("name", list(EXPORTS))
def test_flows_of_softflowd_are_what_it_says(shared_data: Path, tmp_path: Path, name: str) -> None:
    arguments, off_ms = EXPORTS[name]
    flows, said = softflowd(shared_data / f"{CAPTURE}.gz", tmp_path, *arguments)
    assert len(said) > 300
    assert flows.height == len(said)
    total = flows.select(pl.col("total_packets", "total_bytes").sum()).row(0)
    assert total == (sum(int(r["n"]) + int(r["m"]) for r in said),
                     sum(int(r["there"]) + int(r["back"]) for r in said))  # fmt: skip
    assert unsaid(flows, said, off_ms) == []
