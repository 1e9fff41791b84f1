"""`ndpi`: what ndpiReader says, joined to the flows of the meter."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from lynceus import ingest
from lynceus.learn import ndpi
from lynceus.learn.extras import ExtraMissingError


def test_without_the_program_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ndpi, "PROGRAM", "no-such-program")
    with pytest.raises(ExtraMissingError, match="libndpi-bin"):
        ndpi.said(tmp_path / "a.pcap")


def test_ends_have_one_order_and_addresses_one_form() -> None:
    flows = pl.DataFrame(
        {"proto": ["tcp", "tcp"], "orig_h": ["10.0.0.9", "10.0.0.1"], "orig_p": [443, 5],
         "resp_h": ["10.0.0.1", "10.0.0.9"], "resp_p": [5, 443]}
    )  # fmt: skip
    first, second = ndpi.keyed_flows(flows).select(ndpi.KEY).rows()
    assert first == second == ("tcp", "10.0.0.1 5", "10.0.0.9 443")


@pytest.mark.skipif(not ndpi.present(), reason="no ndpiReader (Debian package libndpi-bin)")
def test_both_see_the_same_conversations(shared_data: Path) -> None:
    capture = shared_data / "ndpi-apps" / "443-opvn.pcap.gz"
    both = ndpi.keyed_flows(ingest.read_flows(capture)).join(ndpi.said(capture), on=ndpi.KEY)
    assert both["ndpi"].to_list() == ["OpenVPN"]
