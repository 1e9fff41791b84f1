"""Turns what a detector says into findings: constants, rounding, evidence, ids, flows behind it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import polars as pl

from lynceus.protocols import Detector
from lynceus.records import FINDING_SCHEMA

UIDS = 100
"""Most flow uids a finding names; `flows_total` says how many there are."""

ENTITY = ("orig_h", "resp_h", "resp_p", "proto")
"""Columns by which the flows of a finding are found again."""

IDENTITY = (
    *("detector", "version", "site", *ENTITY, "service", "domain", "tactic"),
    *("window_start_ns", "window_end_ns"),
)
"""What a finding's id is the hash of."""

MORE = "more"
"""Column of flows: how many others like it one stands for that were not kept. Optional."""

RULE = "rule"
"""Evidence that is part of the id too: of a detector that speaks for many rules, which one."""


def dressed(name: str, detector: Detector, said: pl.DataFrame) -> pl.DataFrame:
    """What one detector said, in `FINDING_SCHEMA`; extra columns become the evidence.

    Where it said two things under one identity, the stronger one stays.
    """
    if said.is_empty():
        return pl.DataFrame(schema=FINDING_SCHEMA)
    own = [column for column in said.columns if column not in FINDING_SCHEMA]
    constants = {
        "detector": pl.lit(name),
        "version": pl.lit(detector.version),
        "severity": pl.lit(detector.severity),
        "tactic": pl.lit(detector.tactic),
        "techniques": pl.lit(list(detector.techniques), dtype=pl.List(pl.String)),
        "confidence": pl.lit(0.7),
    }
    defaults = {
        name: pl.coalesce(name, value) if name in said.columns else value
        for name, value in constants.items()
    }
    evidence = pl.struct(*(_rounded(said, column) for column in own)) if own else None
    frame = said.with_columns(
        **defaults,
        evidence=evidence.struct.json_encode() if evidence is not None else pl.lit("{}"),
    )
    frame = frame.with_columns(
        pl.col("score").cast(pl.Float64).clip(0, 1).round(6),
        pl.col("confidence").cast(pl.Float64).clip(0, 1).round(6),
    )
    rule = frame[RULE].cast(pl.String) if RULE in frame.columns else None
    frame = frame.select(
        pl.col(column).cast(dtype) if column in frame.columns else pl.lit(None, dtype).alias(column)
        for column, dtype in FINDING_SCHEMA.items()
    )
    return (
        frame.with_columns(_ids(frame, rule))
        .sort("id", "score", "because", descending=[False, True, False])
        .unique("id", keep="first", maintain_order=True)
    )


def _rounded(said: pl.DataFrame, column: str) -> pl.Expr:
    dtype = said.schema[column]
    if dtype.is_float():
        return pl.col(column).round(6)
    if dtype == pl.List(pl.Float64):
        return pl.col(column).list.eval(pl.element().round(6))
    return pl.col(column)


def _ids(findings: pl.DataFrame, rule: pl.Series | None) -> pl.Series:
    """First 16 hex digits of SHA-256 over the identity; findings are few, so row by row."""
    texts = findings.select(
        pl.concat_str([pl.col(c).cast(pl.String).fill_null("-") for c in IDENTITY], separator="|")
    ).to_series()
    if rule is not None:
        texts = texts + ("|" + rule).fill_null("")
    ids = [hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts]
    return pl.Series("id", ids, dtype=pl.String)


def with_flows(findings: pl.DataFrame, flows: pl.DataFrame) -> pl.DataFrame:
    """Adds up to `UIDS` flow uids and their total to findings that do not name them already.

    A flow is behind a finding when it ended in its window and agrees with every entity column
    the finding names. A detector that names flows itself tells their total as well; where it does
    not, those it names are all.
    """
    open_ones = findings.filter(pl.col("flow_uids").is_null())
    told = findings.filter(pl.col("flow_uids").is_not_null()).with_columns(
        flows_total=pl.coalesce("flows_total", pl.col("flow_uids").list.len().cast(pl.UInt64)),
        flow_uids=pl.col("flow_uids").list.head(UIDS),
    )
    if open_ones.is_empty():
        return told
    parts = [told]
    for same_shape, near in _by_shape(open_ones, flows):
        parts.append(_counted(same_shape, near))
    return pl.concat(parts)


def behind(findings: pl.DataFrame, flows: pl.DataFrame) -> pl.DataFrame:
    """`id` and `uid`: all flows that are behind findings by their windows and ends."""
    nothing = pl.LazyFrame(schema={"id": pl.String, "uid": pl.String})
    return pl.concat(
        [nothing, *(near.drop(MORE) for _, near in _by_shape(findings, flows))]
    ).collect(engine="in-memory")


def _by_shape(
    findings: pl.DataFrame, flows: pl.DataFrame
) -> Iterator[tuple[pl.DataFrame, pl.LazyFrame]]:
    """Findings that name the same columns and windows of one width, with `id`, `uid`, `more`."""
    if MORE not in flows.columns:
        flows = flows.with_columns(pl.lit(0, pl.UInt32).alias(MORE))
    shapes = findings.select(
        *(pl.col(column).is_not_null() for column in ENTITY), width_ns=_WIDTH, offset_ns=_OFFSET
    ).unique(maintain_order=True)
    for *named, width, offset in shapes.iter_rows():
        entity = dict(zip(ENTITY, named, strict=True))
        same_shape = findings.filter(
            _WIDTH.eq_missing(width),
            _OFFSET.eq_missing(offset),
            *(
                pl.col(c).is_not_null() if known else pl.col(c).is_null()
                for c, known in entity.items()
            ),
        )
        keys = ["site", *(column for column, known in entity.items() if known)]
        yield same_shape, _joined(same_shape, _in_windows(flows, width, offset), keys)


_WIDTH = pl.col("window_end_ns") - pl.col("window_start_ns")
_OFFSET = pl.col("window_start_ns") % _WIDTH


def _in_windows(flows: pl.DataFrame, width_ns: int | None, offset_ns: int) -> pl.LazyFrame:
    """The flows with the start of the window in which they ended; undated ones for no width."""
    end = pl.coalesce("end_ns", "ts_ns")
    if width_ns is None:
        undated = flows.lazy().filter(end.is_null())
        return undated.with_columns(pl.lit(None, pl.Int64).alias("window_start_ns"))
    start = (end - offset_ns).floordiv(width_ns) * width_ns + offset_ns
    return flows.lazy().with_columns(start.alias("window_start_ns"))


def _joined(findings: pl.DataFrame, flows: pl.LazyFrame, keys: list[str]) -> pl.LazyFrame:
    """Findings of one shape with their flows, by window and by the columns that name the entity."""
    by = ["window_start_ns", *keys]
    wanted = findings.select("id", *by).unique()
    near = flows.select("uid", MORE, *by)
    for key in keys[1:]:
        near = near.filter(pl.col(key).is_in(wanted[key].unique().implode()))
    return near.join(wanted.lazy(), on=by, how="inner", nulls_equal=True).select("id", "uid", MORE)


def _counted(findings: pl.DataFrame, near: pl.LazyFrame) -> pl.DataFrame:
    """Findings with the number of their flows and the uids of the first."""
    counted = (
        near.group_by("id")
        .agg(
            (pl.col("uid").n_unique() + pl.col(MORE).sum()).cast(pl.UInt64).alias("flows_total"),
            pl.col("uid").unique().bottom_k(UIDS).sort().alias("flow_uids"),
        )
        .collect(engine="in-memory")
    )
    return (
        findings.drop("flows_total", "flow_uids")
        .join(counted, on="id", how="left", maintain_order="left")
        .with_columns(
            pl.col("flows_total").fill_null(0),
            pl.col("flow_uids").fill_null(pl.lit([], dtype=pl.List(pl.String))),
        )
        .select(findings.columns)
    )
