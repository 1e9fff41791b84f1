"""`lynceus.testing`: the rows that tests of detectors are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl
import pytest

from lynceus.detect.horizontal_scan import HorizontalScan
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA
from lynceus.testing import START_NS, attempt, events, findings_of, flows, session

A, B = "10.0.0.1", "10.0.0.2"


def test_a_flow_has_what_follows_from_what_was_given_and_no_more() -> None:
    frame = flows([session(A, B, 80, at_s=2.5, duration_s=3.0), {"orig_h": A, "resp_bytes": 7}])
    assert frame.schema == FLOW_SCHEMA
    first, second = frame.to_dicts()
    assert first["ts_ns"] == START_NS + 2_500_000_000
    assert first["end_ns"] == START_NS + 5_500_000_000
    assert (first["total_bytes"], first["total_packets"]) == (4_500, 17)
    assert (second["ts_ns"], second["end_ns"], second["total_bytes"]) == (None, None, None)
    assert first["uid"] != second["uid"]


def test_an_event_table_is_in_its_schema() -> None:
    frame = events("dns", [{"orig_h": A, "query": "a.example", "at_s": 1}])
    assert frame.schema == EVENT_SCHEMAS["dns"]
    assert frame["ts_ns"].to_list() == [START_NS + 10**9]


def test_a_misspelt_column_is_refused() -> None:
    with pytest.raises(ValueError, match="no column 'orig_host'"):
        flows([{"orig_host": A}])
    with pytest.raises(ValueError, match="no column 'at'"):
        events("dns", [{"at": 1}])


def test_findings_come_with_their_evidence_read() -> None:
    rows = [attempt("10.0.0.9", f"10.0.1.{n}", 22, at_s=n) for n in range(30)]
    (finding,) = findings_of(HorizontalScan(), rows)
    assert finding["evidence"]["hosts"] == 30
    assert findings_of(HorizontalScan(), []) == []


@dataclass(frozen=True)
class Broken:
    """A detector that depends on the batch, or fails."""

    error: bool
    reads: Any = HorizontalScan.reads
    version: int = 1
    severity: str = "low"
    tactic: str = ""
    techniques: tuple[str, ...] = ()
    seen: list[int] = field(default_factory=list)

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        if self.error:
            raise ValueError("no such column")
        self.seen.append(1)
        return tables[-1].select(
            *("window_start_ns", "window_end_ns", "site"),
            score=pl.lit(len(self.seen) / 10),
            because=pl.lit("counted calls"),
        )


@pytest.mark.parametrize(("error", "said"), [(True, "no such column"), (False, "cut into batches")])
def test_a_detector_that_fails_or_keeps_state_is_found_out(error: bool, said: str) -> None:
    rows = [attempt("10.0.0.9", "10.0.1.1", 22, at_s=n) for n in range(0, 9000, 100)]
    with pytest.raises(AssertionError, match=said):
        findings_of(Broken(error), rows)  # type: ignore[arg-type]
