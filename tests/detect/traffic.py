"""Traffic in a few words, findings out: what the tests of detectors are made of.

    rows = [attempt("10.0.0.9", f"10.0.1.{n}", 22, at_s=n) for n in range(30)]
    findings = findings_of(HorizontalScan(), flows=rows, home=["10.0.0.0/8"])

Rows are dictionaries of the columns of `FLOW_SCHEMA` and `EVENT_SCHEMAS`. What a row does not
tell is null, as with a source that cannot know it. Instead of `ts_ns` a row may give `at_s`, the
seconds after `START_NS`, or neither: then it has no date.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from lynceus import enrich
from lynceus.engine import Engine
from lynceus.enrich import Geography
from lynceus.features.window import end_of_row
from lynceus.protocols import Detector, Enricher
from lynceus.records import EVENT_SCHEMAS, FINDING_SCHEMA, FLOW_SCHEMA, Batch
from lynceus.registry import snake_case

START_NS = 1_704_096_000 * 10**9
"""2024-01-01 08:00 UTC, where an hour begins; the rest of that day has 16 hours."""

Row = Mapping[str, Any]


def flows(rows: Iterable[Row]) -> pl.DataFrame:
    """Flows in `FLOW_SCHEMA`; adds site, uid, end and the sums where they follow from the rest."""
    return pl.DataFrame(
        [_flow(row, number) for number, row in enumerate(rows)], schema=FLOW_SCHEMA, orient="row"
    )


def events(table: str, rows: Iterable[Row]) -> pl.DataFrame:
    """Events of one table of `EVENT_SCHEMAS`; adds site and uid."""
    schema = EVENT_SCHEMAS[table]
    filled = [_dated(row, number, set(schema)) for number, row in enumerate(rows)]
    return pl.DataFrame(filled, schema=schema, orient="row")


def session(orig_h: str, resp_h: str, resp_p: int, at_s: float, **columns: Any) -> dict[str, Any]:
    """A TCP conversation that was opened, used and closed: 500 bytes asked, 4,000 answered."""
    usual = {
        "orig_p": 40_000 + int(at_s * 7) % 20_000,
        "proto": "tcp",
        "duration_s": 1.0,
        "conn_state": "SF",
        "history": "ShADadFf",
        "orig_packets": 8,
        "resp_packets": 9,
        "orig_bytes": 500,
        "resp_bytes": 4_000,
    }
    given = {"orig_h": orig_h, "resp_h": resp_h, "resp_p": resp_p, "at_s": at_s}
    return {**usual, **given, **columns}


def attempt(
    orig_h: str, resp_h: str, resp_p: int, at_s: float, refused: bool = False, **columns: Any
) -> dict[str, Any]:
    """A TCP connection that was wanted and not had: no answer, or a reset."""
    usual = {
        "orig_p": 40_000 + int(at_s * 7) % 20_000,
        "proto": "tcp",
        "duration_s": 0.001 if refused else 0.0,
        "conn_state": "REJ" if refused else "S0",
        "history": "Sr" if refused else "S",
        "orig_packets": 1,
        "resp_packets": 1 if refused else 0,
        "orig_bytes": 0,
        "resp_bytes": 0,
    }
    given = {"orig_h": orig_h, "resp_h": resp_h, "resp_p": resp_p, "at_s": at_s}
    return {**usual, **given, **columns}


def findings_of(
    detector: Detector,
    flows: Iterable[Row] = (),
    *,
    home: Sequence[str] = ("10.0.0.0/8",),
    intel: Sequence[str | Path] = (),
    assets: str | Path | None = None,
    geography: Geography | None = None,
    **tables: Iterable[Row],
) -> list[dict[str, Any]]:
    """What one detector says of this traffic, strongest first, through the real engine.

    `tables` are events by table name. `evidence` comes decoded. Raises AssertionError when the
    detector fails, and when the same traffic in two batches gives other findings.
    """
    batch = Batch(_flows(flows), {name: events(name, rows) for name, rows in tables.items()})
    known = _enrichers(tuple(home), tuple(intel), assets, geography)
    found = _run(detector, known, [batch])
    if not found.equals(_run(detector, known, _halves(batch))):
        raise AssertionError("the findings depend on how the traffic is cut into batches")
    rows = found.sort("score", "id", descending=[True, False]).to_dicts()
    return [{**row, "evidence": json.loads(row["evidence"])} for row in rows]


def _flow(row: Row, number: int) -> dict[str, Any]:
    flow = {"source": "test", **_dated(row, number, {*FLOW_SCHEMA, "at_s"})}
    start, end, duration = (flow.get(name) for name in ("ts_ns", "end_ns", "duration_s"))
    if start is not None and end is None:
        flow["end_ns"] = start + round((duration or 0.0) * 1e9)
    for what in ("packets", "bytes"):
        both = [flow.get(f"{end}_{what}") for end in ("orig", "resp")]
        if f"total_{what}" not in flow and None not in both:
            flow[f"total_{what}"] = sum(both)
    return flow


_flows = flows
"""The same under a name that the argument of `findings_of` does not hide."""


def _dated(row: Row, number: int, columns: set[str]) -> dict[str, Any]:
    if unknown := sorted(set(row) - columns - {"at_s"}):
        raise ValueError(f"no column {unknown[0]!r}")
    digest = hashlib.sha256(f"{number}|{sorted(row.items())}".encode()).hexdigest()
    filled = {"site": "default", "uid": digest[:24], **row}
    at_s = filled.pop("at_s", None)
    if at_s is not None:
        filled["ts_ns"] = START_NS + round(at_s * 1e9)
    return filled


@lru_cache(maxsize=8)
def _enrichers(
    home: tuple[str, ...],
    intel: tuple[str | Path, ...],
    assets: str | Path | None,
    geography: Geography | None,
) -> list[Enricher]:
    return enrich.enrichers(home, intel, assets, geography)


def _run(
    detector: Detector, enrichers: Sequence[Enricher], batches: Iterable[Batch]
) -> pl.DataFrame:
    engine = Engine({snake_case(type(detector).__name__): detector}, enrichers)
    found = [pl.DataFrame(schema=FINDING_SCHEMA)]
    found += [engine.advance(batch) for batch in batches]
    found.append(engine.finish())
    if engine.failed:
        raise AssertionError(f"detector failed: {engine.failed}")
    if not engine.account.balanced or engine.account.dropped:
        raise AssertionError(f"rows lost: {engine.account}")
    return pl.concat(found).sort("id")


def _halves(batch: Batch) -> list[Batch]:
    """The traffic in two batches by time, with a watermark between them."""
    tables = {"flows": batch.flows, **batch.events}
    ends = pl.concat(frame.select(end=end_of_row(frame.columns)) for frame in tables.values())
    middle = ends["end"].median()
    if middle is None:
        return [batch]
    watermark = int(middle)  # type: ignore[arg-type]

    def half(later: bool) -> Batch:
        parts = {}
        for name, frame in tables.items():
            is_later = (end_of_row(frame.columns) >= watermark).fill_null(True)
            parts[name] = frame.filter(is_later if later else ~is_later)
        return Batch(parts.pop("flows"), parts, None if later else watermark)

    return [half(later=False), half(later=True)]
