"""The nouns: what a flow, an event and a finding are. What an incident is stands in `incident.py`.

Flows, events and findings flow in batches as Polars frames; their columns stand in
`features/features.json` and `features/events.json` (the one place of truth, shared with the Rust
meter) and in `FINDING_SCHEMA`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import polars as pl

from lynceus.compacted import bytes_of

Severity = Literal["info", "low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")
Urgency = Literal["note", "week", "today", "now"]
URGENCIES: tuple[Urgency, ...] = ("note", "week", "today", "now")
"""How soon somebody should look."""

Role = Literal["attacker", "victim", "infected", "server", "user", "domain", "service", "unknown"]

Task = Literal["attack_family", "malicious", "anomaly", "application"]
TASKS: tuple[Task, ...] = ("attack_family", "malicious", "anomaly", "application")
"""What models are asked of a flow."""
OF_A_VICTIM = ("ddos",)
"""Families of attacks that many hosts take part in, against one: what is told is about that one."""

_DTYPES: dict[str, pl.DataType] = {
    "str": pl.String(),
    "bool": pl.Boolean(),
    "u8": pl.UInt8(),
    "u16": pl.UInt16(),
    "u32": pl.UInt32(),
    "u64": pl.UInt64(),
    "i32": pl.Int32(),
    "i64": pl.Int64(),
    "f32": pl.Float32(),
    "f64": pl.Float64(),
}


def _dtype(name: str) -> pl.DataType:
    if name.startswith("list[") and name.endswith("]"):
        return pl.List(_dtype(name[5:-1]))
    return _DTYPES[name]


def _read(name: str) -> dict[str, Any]:
    text = resources.files("lynceus.features").joinpath(name).read_text(encoding="utf-8")
    spec: dict[str, Any] = json.loads(text)
    return spec


_FEATURES = _read("features.json")

FEATURES: tuple[dict[str, str], ...] = tuple(_FEATURES["features"])
"""Every column of a flow: name, tier, dtype, unit, definition, null_when."""

FEATURES_DIGEST = hashlib.sha256(
    json.dumps(_FEATURES, sort_keys=True, separators=(",", ":")).encode()
).hexdigest()
"""SHA-256 of the specification in canonical form: a model is served only on its own."""

FLOW_SCHEMA = pl.Schema({f["name"]: _dtype(f["dtype"]) for f in FEATURES})
"""Columns of a flow, whichever source told of it. What a source cannot know is null."""

FLOW_TIER = tuple(f["name"] for f in FEATURES if f["tier"] != "packet")
"""The columns any source may know; the `packet` tier is known to the meter alone."""

TRANSPORT = (
    "orig_retransmitted_packets",
    "resp_retransmitted_packets",
    "orig_zero_window_packets",
    "resp_zero_window_packets",
    "syn_synack_s",
    "first_response_s",
    "peak_10ms_wire_bytes",
)
"""Columns of the meter that tell how well a path and a service do."""

LEAN = pl.Schema({name: FLOW_SCHEMA[name] for name in (*FLOW_TIER, *TRANSPORT)})
"""What of a flow is kept for the detectors; null where the source does not know it."""

JUDGED = pl.Schema(
    {
        "class": pl.String(),
        "probability": pl.Float32(),
        "confidence": pl.Float32(),
        "alerts": pl.Boolean(),
    }
)
"""What a model says of a row: the class it takes it for (`unknown` for what is unlike all it was
taught), how probable that is (0..1, calibrated), how much of what it reads was known (0..1), and
whether it may alert: never in the shadow. All null where it does not judge."""

SCORED = pl.Schema(
    {
        f"{task}_{column}": dtype
        for task in TASKS
        for column, dtype in {**JUDGED, "reasons": pl.String()}.items()
    }
)
"""Columns that models add to flows, null without a model: by task what stands in `JUDGED`, and
`reasons` of flows that alert: the strongest contributions as JSON (`models.served`)."""

EVENTS = _read("events.json")
"""The specification of the event tables, as it stands in the file."""

EVENT_SCHEMAS: dict[str, pl.Schema] = {
    table: pl.Schema({c["name"]: _dtype(c["dtype"]) for c in (*EVENTS["common"], *spec["columns"])})
    for table, spec in EVENTS["tables"].items()
}
"""Columns of each table of protocol events, by table name."""

FINDING_SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "detector": pl.String(),
        "version": pl.UInt16(),
        "site": pl.String(),
        "window_start_ns": pl.Int64(),
        "window_end_ns": pl.Int64(),
        "orig_h": pl.String(),
        "resp_h": pl.String(),
        "resp_p": pl.UInt16(),
        "proto": pl.String(),
        "service": pl.String(),
        "domain": pl.String(),
        "orig_role": pl.String(),
        "resp_role": pl.String(),
        "severity": pl.String(),
        "score": pl.Float64(),
        "confidence": pl.Float64(),
        "techniques": pl.List(pl.String()),
        "tactic": pl.String(),
        "because": pl.String(),
        "evidence": pl.String(),
        "first_seen_ns": pl.Int64(),
        "last_seen_ns": pl.Int64(),
        "flows_total": pl.UInt64(),
        "flow_uids": pl.List(pl.String()),
    }
)
"""One detector's claim about one entity in one window.

`severity` is how bad it is if true, `confidence` (0..1) how sure, `score` (0..1) how strong;
`because` one plain sentence; `evidence` a JSON object of the detector's own numbers;
`flow_uids` at most 100 flows behind it of `flows_total`.
"""


def conform(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """The frame in exactly the columns of `schema`: missing ones null, others cast or dropped."""
    given = frame.schema
    if given == schema:
        return frame
    if not given:
        return pl.DataFrame(schema=schema)
    nulls = _nulls(tuple(schema.items()))
    if given.keys().isdisjoint(nulls):  # else the nulls alone would make one row
        return frame.with_columns(nulls.values()).select(*nulls)
    return frame.select(
        nulls[name]
        if name not in given
        else name
        if given[name] == dtype
        else pl.col(name).cast(dtype)
        for name, dtype in schema.items()
    )


@lru_cache(maxsize=256)
def _nulls(columns: tuple[tuple[str, pl.DataType], ...]) -> dict[str, pl.Expr]:
    """The columns of a schema as nulls; small frames come often, and these are dear to make."""
    return {name: pl.lit(None, dtype).alias(name) for name, dtype in columns}


@dataclass(frozen=True)
class Batch:
    """The unit of work between stages: some flows and events, and how far time has come."""

    flows: pl.DataFrame
    """Flows in `FLOW_SCHEMA` (or at least its `FLOW_TIER` columns)."""
    events: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    """Event tables in `EVENT_SCHEMAS`, by name."""
    watermark_ns: int | None = None
    """No later batch holds a flow or event that ends before this; None says nothing."""

    @property
    def last_ns(self) -> int | None:
        """When the last of its flows and events began; None where none has a time."""
        frames = (self.flows, *self.events.values())
        told = [frame["ts_ns"].max() for frame in frames if "ts_ns" in frame.columns]
        return max((at for at in told if isinstance(at, int)), default=None)

    @staticmethod
    def concat(batches: Iterable[Batch]) -> Batch:
        """All batches as one, the last watermark kept."""
        flows: list[pl.DataFrame] = []
        events: dict[str, list[pl.DataFrame]] = {}
        watermark: int | None = None
        for batch in batches:
            flows.append(batch.flows)
            for name, frame in batch.events.items():
                events.setdefault(name, []).append(frame)
            watermark = batch.watermark_ns if batch.watermark_ns is not None else watermark
        return Batch(
            _stacked(flows) if flows else pl.DataFrame(schema=FLOW_SCHEMA),
            {name: _stacked(frames) for name, frames in events.items()},
            watermark,
        )

    @property
    def rows(self) -> int:
        """How many, of all tables."""
        return self.flows.height + sum(frame.height for frame in self.events.values())

    @property
    def bytes(self) -> int:
        """What they take in memory."""
        return sum(bytes_of(frame) for frame in (self.flows, *self.events.values()))


def _stacked(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Frames one below the other. Columns in which none of them holds anything, most of them where
    an exporter tells of flows, are left out of that: they take no room then."""
    schema = frames[0].schema
    if len(frames) == 1 or any(frame.schema != schema for frame in frames[1:]):
        return pl.concat(frames)
    held = [name for name in schema if any(f[name].null_count() < f.height for f in frames)]
    if not held:
        return pl.concat(frames)
    nothing = (pl.lit(None, dtype).alias(n) for n, dtype in schema.items() if n not in held)
    return (
        pl.concat([frame.select(held) for frame in frames])
        .with_columns(nothing)
        .select(schema.names())
    )
