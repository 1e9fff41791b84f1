"""Events of Suricata with the flow they belong to, and turned to its originator."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.suricata_dns import swapped

KEY = ("source_uid", "low", "high")
FLOW = ("uid", "flow_orig_h", "flow_orig_p")


def joined(events: pl.DataFrame, flows: pl.DataFrame) -> pl.DataFrame:
    """The events with the uid of their flow, ends as there; null where no flow is told.

    Suricata's flow ids are hashes and may come again: of several flows with one id between the same
    ends an event belongs to the last that began before it.
    """
    if "source_uid" not in events.columns:
        return events
    known = flows.filter(pl.col("source_uid").is_not_null()).select(
        "source_uid", "uid", "ts_ns", *_pair(),
        pl.col("orig_h").alias("flow_orig_h"), pl.col("orig_p").alias("flow_orig_p"),
    )  # fmt: skip
    rows = events.with_columns(*_pair()).with_row_index("event")
    several = pl.struct(KEY).is_duplicated()
    single, again = known.filter(~several), known.filter(several)
    found = rows.join(single.drop("ts_ns"), on=KEY, how="left", maintain_order="left")
    if again.height:
        open_ones = found.filter(pl.col("uid").is_null()).drop(FLOW).sort("ts_ns")
        late = open_ones.join_asof(
            again.sort("ts_ns"), on="ts_ns", by=list(KEY), check_sortedness=False
        )
        done = found.filter(pl.col("uid").is_not_null())
        found = pl.concat([done, late.select(found.columns)]).sort("event")
    same_host = pl.col("orig_h") == pl.col("resp_h")
    other = (pl.col("orig_h") != pl.col("flow_orig_h")) | (
        same_host & (pl.col("orig_p") != pl.col("flow_orig_p"))
    )
    found = found.with_columns(turned=other.fill_null(value=False)).pipe(swapped)
    return _directed(found).drop("low", "high", "event", "turned", "flow_orig_h", "flow_orig_p")


def _pair() -> list[pl.Expr]:
    """The ends in an order of their own, equal for both directions."""
    return [
        pl.min_horizontal("orig_h", "resp_h").alias("low"),
        pl.max_horizontal("orig_h", "resp_h").alias("high"),
    ]


def _directed(alerts: pl.DataFrame) -> pl.DataFrame:
    """Alerts with the way that what fired went; other events as they are."""
    if "sender_h" not in alerts.columns:
        return alerts
    by_host = pl.col("orig_h") != pl.col("resp_h")
    forth = pl.when(by_host).then(pl.col("sender_h") == pl.col("orig_h")).otherwise(
        pl.col("sender_p") == pl.col("orig_p")
    )  # fmt: skip
    way = pl.when(forth).then(pl.lit("to_resp")).when(~forth).then(pl.lit("to_orig"))
    return alerts.with_columns(way.alias("direction")).drop("sender_h", "sender_p")
