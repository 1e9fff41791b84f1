"""Which flow a process held: what an endpoint tells of a connection and what the wire shows of it.

A sensor on the endpoint tells a connection as a flow of its own. Where a capture or another log has
the same conversation, that one stays, and the process is told of it.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

SKEW_NS = 10_000_000_000
"""How far the clock of an endpoint may be from that of the sensor."""

_KEY = ("site", "low", "high", "proto")


def explained(
    flows: pl.DataFrame, events: Mapping[str, pl.DataFrame]
) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """The flows, each conversation once, and the events with the uid of the flow that stayed."""
    told = events.get("process")
    if told is None or told.is_empty():
        return flows, dict(events)
    own = pl.col("uid").is_in(told["uid"].drop_nulls().unique().implode())
    ends = ("orig_h", "orig_p", "resp_h", "resp_p", "proto", "ts_ns")
    held = _keyed(told.drop_nulls(("uid", *ends)).select("site", "uid", *ends))
    seen = _keyed(flows.filter(~own).select("site", "uid", "end_ns", *ends).drop_nulls(ends))
    near = held.join(seen, on=_KEY, how="inner", suffix="_seen").filter(
        pl.col("ts_ns") >= pl.col("ts_ns_seen") - SKEW_NS,
        pl.col("ts_ns") <= pl.col("end_ns").fill_null(pl.col("ts_ns_seen")) + SKEW_NS,
    )
    away = (pl.col("ts_ns") - pl.col("ts_ns_seen")).abs()
    same = near.sort(away, "uid_seen").unique("uid", keep="first", maintain_order=True)
    if same.is_empty():
        return flows, dict(events)
    once = flows.filter(~pl.col("uid").is_in(same["uid"].implode()))
    renamed = {
        name: frame.with_columns(pl.col("uid").replace(same["uid"], same["uid_seen"]))
        for name, frame in events.items()
    }
    return once, renamed


def _keyed(rows: pl.DataFrame) -> pl.DataFrame:
    """The ends in an order of their own: an endpoint may name them the other way round."""
    one, other = (pl.concat_str(f"{end}_h", f"{end}_p", separator=" ") for end in ("orig", "resp"))
    return rows.with_columns(
        low=pl.min_horizontal(one, other), high=pl.max_horizontal(one, other)
    ).select(*_KEY, *(n for n in ("uid", "ts_ns", "end_ns") if n in rows.columns))
