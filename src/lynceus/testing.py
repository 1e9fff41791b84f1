# ruff: noqa: S101 - these are assertions for tests
"""For tests of detectors, inside the project and in plugins.

from lynceus.testing import check_detector, findings_of, flow, flows

rows = flows(flow(resp_p=port, conn_state="REJ") for port in range(1, 40))
(found,) = findings_of(PortWalker(), rows).iter_rows(named=True)
check_detector(PortWalker(), Batch(rows))
"""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from lynceus.detect.finding import UIDS
from lynceus.engine import Engine
from lynceus.protocols import Detector, Enricher
from lynceus.records import (
    EVENT_SCHEMAS,
    FINDING_SCHEMA,
    FLOW_SCHEMA,
    LEAN,
    SCORED,
    SEVERITIES,
    Batch,
)
from lynceus.registry import snake_case

START_S = 1_700_006_400
"""Begin of test time, 2023-11-15 00:00 UTC: the border of a day, so windows are plain."""

HEADINGS = ("Detects:", "Why:", "Blind spots:", "False positives:", "ATT&CK:")
"""What the docstring of a detector must say."""

ROLES = {"attacker", "victim", "infected", "server", "user", "domain", "service", "unknown"}

_FLOW: dict[str, Any] = {
    "site": "default",
    "part": 0,
    "source": "capture",
    "orig_h": "10.0.0.5",
    "orig_p": 50_000,
    "resp_h": "10.0.0.80",
    "resp_p": 443,
    "proto": "tcp",
    "orig_by": "handshake",
    "bytes_are_ip": False,
    "conn_state": "SF",
    "orig_packets": 6,
    "resp_packets": 6,
    "orig_bytes": 600,
    "resp_bytes": 4_000,
    "duration_s": 0.5,
}

_SILENT = {"S0": ("S", 1, 0), "REJ": ("Sr", 1, 1)}


def flow(at_s: float = 0.0, **columns: Any) -> dict[str, Any]:
    """A flow that begins `at_s` seconds into test time: an ordinary TCP session by default.

    Any column of the flow schema may be given. With `conn_state` S0 or REJ the counters are
    those of a SYN that got nothing, or a refusal. With `at_s=None` the flow has no date.
    """
    row = {**_FLOW, **columns}
    state = row["conn_state"]
    if state in _SILENT:
        history, sent, received = _SILENT[state]
        shape = {"history": history, "orig_packets": sent, "resp_packets": received}
        row |= {**shape, "orig_bytes": 0, "resp_bytes": 0, "duration_s": 0.0, **columns}
    elif row["proto"] == "tcp":
        row.setdefault("history", "ShADadFf")
    for total in ("packets", "bytes"):
        ends = (row[f"orig_{total}"], row[f"resp_{total}"])
        row.setdefault(f"total_{total}", None if None in ends else sum(ends))
    if at_s is not None:
        begin = int((START_S + at_s) * 1e9)
        row.setdefault("ts_ns", begin)
        row.setdefault("end_ns", begin + int((row["duration_s"] or 0) * 1e9))
    return row


def flows(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as a frame in the flow schema; a uid is the row's number where none is given.

    Columns of `SCORED` are there where a row has them.
    """
    numbered = [{"uid": f"f{number:06d}", **row} for number, row in enumerate(rows)]
    given = {name for row in numbered for name in row}
    scores = {name: dtype for name, dtype in SCORED.items() if name in given}
    return pl.DataFrame(numbered, schema={**LEAN, **scores}, strict=False)


def events(table: str, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as a frame of an event table; `at_s` becomes `ts_ns` as in `flow`."""
    made = []
    for number, row in enumerate(rows):
        at_s = row.get("at_s", 0.0)
        begin = {} if at_s is None else {"ts_ns": int((START_S + at_s) * 1e9)}
        made.append(
            {"site": "default", "uid": f"e{number:06d}", "orig_h": "10.0.0.5"}
            | begin
            | {name: value for name, value in row.items() if name != "at_s"}
        )
    return pl.DataFrame(made, schema=EVENT_SCHEMAS[table], strict=False)


def findings_of(
    detector: Detector,
    flows: pl.DataFrame | None = None,
    events: Mapping[str, pl.DataFrame] | None = None,
    enrichers: Sequence[Enricher] = (),
) -> pl.DataFrame:
    """What one detector finds in one batch. Raises AssertionError where it fails."""
    rows = pl.DataFrame(schema=FLOW_SCHEMA) if flows is None else flows
    return _run({name_of(detector): detector}, [Batch(rows, events or {})], enrichers)


def name_of(detector: Detector) -> str:
    """The one name of a detector."""
    return snake_case(type(detector).__name__)


def cut(batch: Batch, borders_ns: Sequence[int]) -> list[Batch]:
    """A batch cut at times of end, each piece with the watermark of its later border.

    Rows without a time are in the first piece.
    """
    pieces = []
    edges: list[int | None] = [None, *sorted(borders_ns), None]
    for low, high in itertools.pairwise(edges):
        tables = {
            name: frame.filter(_between(frame, low, high))
            for name, frame in {"flows": batch.flows, **batch.events}.items()
        }
        pieces.append(Batch(tables.pop("flows"), tables, high))
    return pieces


def check_detector(
    detector: Detector,
    batch: Batch,
    borders_ns: Sequence[int] = (),
    enrichers: Sequence[Enricher] = (),
) -> pl.DataFrame:
    """Holds a detector to its contract on one trace; gives the findings.

    Same input, same findings; in one batch or cut at `borders_ns`; saved and resumed at each
    border; input not changed; numbers in range; every finding tells its evidence and its roles.
    Raises AssertionError with the reason.
    """
    check_form(detector)
    return check_detectors({name_of(detector): detector}, batch, borders_ns, enrichers)


def check_detectors(
    detectors: Mapping[str, Detector],
    batch: Batch,
    borders_ns: Sequence[int] = (),
    enrichers: Sequence[Enricher] = (),
) -> pl.DataFrame:
    """Holds several detectors to the contract at once, as `check_detector` does one."""
    before = {name: frame.clone() for name, frame in batch.events.items()}
    kept = batch.flows.clone()
    whole = _run(detectors, [batch], enrichers)
    _same(whole, _run(detectors, [batch], enrichers), "twice the same input")
    assert batch.flows.equals(kept), "the flows were changed"
    for name, frame in before.items():
        assert batch.events[name].equals(frame), f"the {name} events were changed"
    if borders_ns:
        pieces = cut(batch, borders_ns)
        _same(whole, _run(detectors, pieces, enrichers), "in several batches")
        _same(whole, _resumed(detectors, pieces, enrichers), "saved and resumed")
    check_findings(whole)
    return whole


def check_form(detector: Detector) -> None:
    """Docstring, names and constants. Raises AssertionError with the reason."""
    name = name_of(detector)
    told = type(detector).__doc__ or ""
    for heading in HEADINGS:
        assert heading in told, f"{name}: the docstring does not say {heading}"
    assert detector.severity in SEVERITIES, f"{name}: severity {detector.severity!r}"
    assert detector.key in ("originator", "responder", "pair", "site"), f"{name}: key"
    assert detector.version >= 1, f"{name}: version"
    assert detector.reads, f"{name}: reads nothing"


def check_findings(findings: pl.DataFrame) -> None:
    """Ranges, roles, evidence, identity. Raises AssertionError with the reason."""
    assert findings.schema == FINDING_SCHEMA, "not the finding schema"
    for row in findings.iter_rows(named=True):
        who = f"{row['detector']} {row['id']}"
        assert 0 <= row["score"] <= 1, f"{who}: score {row['score']}"
        assert 0 <= row["confidence"] <= 1, f"{who}: confidence {row['confidence']}"
        assert row["severity"] in SEVERITIES, f"{who}: severity {row['severity']}"
        assert row["because"], f"{who}: no reason"
        assert row["evidence"] not in ("{}", ""), f"{who}: no evidence"
        entities = [(row["orig_h"], row["orig_role"]), (row["resp_h"], row["resp_role"])]
        assert any(value for value, _ in entities) or row["domain"], f"{who}: about nobody"
        for value, role in entities:
            assert value is None or role in ROLES, f"{who}: role {role!r} of {value}"
        assert len(row["flow_uids"]) <= UIDS, f"{who}: too many flows"
    assert findings["id"].is_unique().all(), "two findings of one id"


def _between(frame: pl.DataFrame, low: int | None, high: int | None) -> pl.Expr:
    end = pl.coalesce("end_ns", "ts_ns") if "end_ns" in frame.columns else pl.col("ts_ns")
    inside = pl.lit(True)
    if low is not None:
        inside = inside & (end >= low).fill_null(False)
    if high is not None:
        inside = inside & (end < high).fill_null(low is None)
    elif low is None:
        inside = end.is_null() | end.is_not_null()
    return inside


def _run(
    detectors: Mapping[str, Detector], batches: Iterable[Batch], enrichers: Sequence[Enricher]
) -> pl.DataFrame:
    engine = Engine(detectors, enrichers)
    return _finished(engine, [engine.advance(batch) for batch in batches])


def _resumed(
    detectors: Mapping[str, Detector], batches: Iterable[Batch], enrichers: Sequence[Enricher]
) -> pl.DataFrame:
    engine = Engine(detectors, enrichers)
    spoken = []
    for batch in batches:
        spoken.append(engine.advance(batch))
        saved = pickle.dumps(engine.snapshot())
        engine = Engine(detectors, enrichers)
        engine.resume(pickle.loads(saved))  # noqa: S301 - our own bytes
    return _finished(engine, spoken)


def _finished(engine: Engine, spoken: list[pl.DataFrame]) -> pl.DataFrame:
    findings = pl.concat([*spoken, engine.finish()])
    assert not engine.failed, f"failed: {engine.failed}"
    assert engine.account.balanced, "rows were lost without a count"
    return findings.sort("window_start_ns", "detector", "id")


def _same(left: pl.DataFrame, right: pl.DataFrame, when: str) -> None:
    other = sorted(set(left["id"]) ^ set(right["id"]))[:5] or "values differ"
    assert left.equals(right), f"{when} other findings: {other}"
