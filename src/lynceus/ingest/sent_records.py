"""JSON objects of many senders, each read by the source that knows its shape.

Known are Suricata's EVE, Zeek's logs, flows in our own columns, and what the families of log lines
know. What a shipper wraps (Beats, Fluent Bit, Vector: the line as `message`, `log` or
`event.original`) is read for itself. An object of no known shape is counted and refused alone.
"""

from __future__ import annotations

import hashlib
from typing import Final

import polars as pl

from lynceus.account import Account
from lynceus.ingest import blocks, device_log, log_lines
from lynceus.ingest.inputs import Block, ReadOptions
from lynceus.ingest.json_lines import OBJECT
from lynceus.ingest.json_structs import structs
from lynceus.records import Batch

ARRIVED = pl.Schema({"line": pl.String(), "peer": pl.String(), "arrived_ns": pl.Int64()})
"""Lines that came: who sent each (its address) and when it came, ns since 1970."""

LINES: Final = "device_log"

MARKS: Final = {kind: marks for kind, marks in blocks.SHAPES if kind != LINES}
"""What objects of a source hold: keys, by its name."""

UNKNOWN: Final = "no_known_shape"

WRAPPED: Final = {
    "event": pl.Struct({"original": pl.String()}),
    "message": pl.String(),
    "log": pl.String(),
}


def batch_of(arrived: pl.DataFrame, place: str, options: ReadOptions, account: Account) -> Batch:
    """The rows of objects in `ARRIVED`, one a line; `place` names what they came with."""
    arrived = arrived.filter(pl.col("line").str.contains(r"\S"))
    sound = arrived["line"].str.contains(OBJECT)
    strange = arrived.height - int(sound.sum())
    account.received += strange
    account.drop("not_a_json_object", strange)
    told = with_shapes(arrived.filter(sound))
    unknown = int(told["shape"].null_count())
    account.received += unknown
    account.drop(UNKNOWN, unknown)
    chosen = []
    for shape in MARKS:
        own = told.filter(pl.col("shape") == shape)["line"]
        if own.len():
            data = "\n".join(own).encode("utf-8", "replace") + b"\n"
            chosen.append((shape, Block.of_lines(data, place)))
    batch, read = blocks.batch_of(chosen, options)
    account.merge(read)
    lines = told.filter(pl.col("shape") == LINES).select(ARRIVED.names())
    if lines.is_empty():
        return batch
    digest = hashlib.sha256(place.encode()).hexdigest()[:32]
    others = device_log.batch_of_arrived(lines, options.site, digest, account)
    return blocks.together([batch, others])


def with_shapes(objects: pl.DataFrame) -> pl.DataFrame:
    """The objects, unwrapped where they are wrapped, each with its `shape`; null for none known."""
    if objects.is_empty():
        return objects.with_columns(shape=pl.lit(None, pl.String))
    shape = _marked(objects["line"])
    rest = objects.filter(shape.is_null())
    known = objects.with_columns(shape=shape).filter(shape.is_not_null())
    if rest.is_empty():
        return known
    frame, _ = structs(rest["line"], WRAPPED)
    within = frame.select(
        pl.coalesce(pl.col("event").struct.field("original"), "message", "log")
        .str.replace_all(r"[\r\n]+", " ")
        .str.strip_chars()
    ).to_series()
    inner = pl.Series("shape", [None], dtype=pl.String).new_from_index(0, rest.height)
    told = within.fill_null("")
    if (told != "").any():
        lines = _family(told).set(told == "", None)
        inner = _marked(told).fill_null(lines)
    whole = _family(rest["line"])
    rest = rest.with_columns(
        line=within.zip_with(inner.is_not_null(), rest["line"]), shape=inner.fill_null(whole)
    )
    return pl.concat([known, rest])


def _marked(lines: pl.Series) -> pl.Series:
    """The source whose keys an object holds, of several the first; null for none."""
    line = pl.col("line")
    found = pl.coalesce(
        pl.when(pl.all_horizontal(line.str.contains(mark) for mark in marks)).then(pl.lit(shape))
        for shape, marks in MARKS.items()
    )
    is_object = line.str.contains(OBJECT)
    return pl.DataFrame({"line": lines}).select(shape=pl.when(is_object).then(found))["shape"]


def _family(lines: pl.Series) -> pl.Series:
    """`LINES` where a family of log lines knows a line; else null."""
    known = log_lines.families(log_lines.headed_lines(lines)).is_not_null()
    return pl.DataFrame({"known": known}).select(shape=pl.when("known").then(pl.lit(LINES)))[
        "shape"
    ]
