"""Makes rows of a source into flows: names them, and counts a row that stands twice once."""

from __future__ import annotations

import polars as pl

from lynceus import _core
from lynceus.account import Account
from lynceus.ingest.columns import plus
from lynceus.records import FLOW_SCHEMA, conform

SAME_RECORD = (
    "uid",
    "orig_h",
    "resp_h",
    "resp_hosts",
    "resp_p",
    "end_ns",
    "orig_packets",
    "resp_packets",
    "total_packets",
    "orig_bytes",
    "resp_bytes",
    "total_bytes",
)
"""Rows equal in these are one record told twice."""

LONGEST_S = 1e9
"""A flow of more than thirty years is none."""

MOST = 1 << 53
"""So many bytes or packets no flow has; up to here sums over many flows are exact."""

BOUND = (pl.Float32, pl.Float64, pl.UInt64)
"""Types of the numbers that a source may tell beyond all bounds."""

ROW_BITS = 28
"""Bits of the row number in the stand-in for a time that is unknown; the digest has the rest."""


def identified(rows: pl.DataFrame, *, site: str, source: str, account: Account) -> pl.DataFrame:
    """Flows in `FLOW_SCHEMA`, each with a uid of its own.

    `rows` has `input_digest` and any columns of a flow. Rows of one record are kept once and
    counted as `duplicate`; of those the labelled one stays. Different rows of one five-tuple and
    start are parts of it. Where the time or the five-tuple is not known whole, the place of the row
    in its input stands in for the time.
    """
    rows = _measurable(conform(rows, FLOW_SCHEMA), account).with_columns(
        site=pl.col("site").fill_null(site),
        source=pl.col("source").fill_null(source),
        part=pl.col("part").fill_null(0),
        orig_by=pl.col("orig_by").fill_null("source"),
        bytes_are_ip=pl.col("bytes_are_ip").fill_null(value=False),
        total_packets=pl.col("total_packets").fill_null(plus("orig_packets", "resp_packets")),
        total_bytes=pl.col("total_bytes").fill_null(plus("orig_bytes", "resp_bytes")),
    )
    told = rows["uid"].is_not_null()
    if not told.all():
        named = _named(rows.with_columns(_place()), site)
        rows = rows.with_columns(
            uid=pl.coalesce("uid", named["uid"]),
            community_id=pl.coalesce("community_id", named["community_id"]),
        )
    return _once(rows, site, account)


def _measurable(rows: pl.DataFrame, account: Account) -> pl.DataFrame:
    """The rows without numbers that measure nothing: not finite, a duration below 0 or beyond
    `LONGEST_S`, a count beyond `MOST`. They are null, and counted as `unreadable_numbers`."""
    told = rows.select(c.name for c in rows if c.dtype in BOUND and c.null_count() < len(c))
    sound = told.select(_sound(c) for c in told)
    lost = sum(c.len() - int(c.sum()) - c.null_count() for c in sound)
    if not lost:
        return rows
    account.note("unreadable_numbers", lost)
    numbers = [pl.when(sound[name]).then(pl.col(name)).alias(name) for name in told.columns]
    return rows.with_columns(*numbers, end_ns=pl.coalesce("end_ns", "ts_ns"))


def _sound(column: pl.Series) -> pl.Expr:
    number = pl.col(column.name)
    if column.name == "duration_s":
        return number.is_between(0, LONGEST_S)
    return number.is_finite() if column.dtype.is_float() else number <= MOST


def flow_ids(rows: pl.DataFrame, site: str) -> pl.DataFrame:
    """Columns `community_id` and `uid` of rows with a five-tuple, `ts_ns` and `part`."""
    five = ("orig_h", "resp_h", "orig_p", "resp_p", "proto", "ts_ns", "part")
    orig_h, resp_h, orig_p, resp_p, proto, ts_ns, part = (rows.select(name) for name in five)
    table = _core.flow_ids(site, orig_h, resp_h, orig_p, resp_p, proto, ts_ns, part)
    return pl.DataFrame(table)


def _named(rows: pl.DataFrame, site: str) -> pl.DataFrame:
    """Ids by five-tuple and time; by the place in the input where one of them is unknown."""
    ids = flow_ids(rows.with_columns(ts_ns=pl.coalesce("ts_ns", "place")), site)
    unknown = ids["community_id"].is_null()
    if unknown.any():
        placed = flow_ids(rows.with_columns(ts_ns="place"), site)["uid"]
        ids = ids.with_columns(uid=placed.zip_with(unknown, ids["uid"]))
    return ids


def _place() -> pl.Expr:
    """A number below 0, for the place of a row in its input."""
    digest = pl.col("input_digest").fill_null("0").str.head(8).str.to_integer(base=16, strict=False)
    row = pl.int_range(pl.len()).over("input_digest")
    return (-1 - row - digest.fill_null(0) * (1 << ROW_BITS)).alias("place")


def _once(rows: pl.DataFrame, site: str, account: Account) -> pl.DataFrame:
    """Drops rows of one record but one, and gives what still shares a uid parts of its own."""
    if rows["uid"].n_unique() == rows.height:
        return rows
    kept = (
        rows.with_row_index("row")
        .sort(pl.col("label").is_null(), "row")
        .unique(SAME_RECORD, keep="first", maintain_order=True)
        .sort("row")
        .with_columns(nth=pl.int_range(pl.len()).over("uid").cast(pl.UInt32))
    )
    account.drop("duplicate", rows.height - kept.height)
    account.kept -= rows.height - kept.height
    again = kept.filter(pl.col("nth") > 0)
    if not again.is_empty():
        account.note("flows_told_in_parts", again.height)
        again = again.with_columns(part=pl.col("part") + pl.col("nth"))
        place = again.with_columns(place=-1 - pl.col("row").cast(pl.Int64))
        again = again.with_columns(uid=_named(place, site)["uid"])
        kept = pl.concat([kept.filter(pl.col("nth") == 0), again]).sort("row")
    return kept.drop("row", "nth")
