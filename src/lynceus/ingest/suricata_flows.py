"""Flows of Suricata's `flow` records, and of pairs of its `netflow` records."""

from __future__ import annotations

import polars as pl

from lynceus.account import Account
from lynceus.ingest.argus_states import of_flags
from lynceus.ingest.columns import time_ns
from lynceus.ingest.suricata_shapes import SERVICES
from lynceus.records import FLOW_SCHEMA, conform

STATES = {"closed": "SF", "established": "S1", "new": "S0"}
"""States of TCP, where no flags are told."""

FLAGS = (("F", 1), ("S", 2), ("R", 4), ("P", 8), ("A", 16))
"""Letters of TCP flags and their bits."""


def flows(records: pl.DataFrame, account: Account) -> pl.DataFrame:
    """Rows of `flow` records in columns of a flow. `to_server` is the originator's direction."""
    flow, tcp = pl.col("flow").struct, pl.col("tcp").struct
    gaps = (tcp.field("ts_gap") == "true") | (tcp.field("tc_gap") == "true")
    account.note("flows_with_gaps", int(records.select(gaps.sum()).item() or 0))
    told = records.select(
        *_ends(),
        _number(flow.field("pkts_toserver")).alias("orig_packets"),
        _number(flow.field("pkts_toclient")).alias("resp_packets"),
        _number(flow.field("bytes_toserver")).alias("orig_bytes"),
        _number(flow.field("bytes_toclient")).alias("resp_bytes"),
        pl.coalesce(
            *(service(name) for name in ("app_proto", "app_proto_ts", "app_proto_tc"))
        ).alias("service"),
        _flags(tcp.field("tcp_flags_ts")).alias("orig_flags"),
        _flags(tcp.field("tcp_flags_tc")).alias("resp_flags"),
        flow.field("state").alias("state"),
        *_macs(),
    ).with_columns(_span(records, "flow"))
    return _finished(told)


def biflows(records: pl.DataFrame, known: pl.Series, account: Account) -> pl.DataFrame:
    """Flows of `netflow` records, which tell one direction each.

    Two that share a flow id, ends in turn, are one flow; the one that stands first began it. Of
    one that stands alone the other side sent nothing, or Suricata would have written both. Those
    whose flow id is in `known` tell nothing that the `flow` record has not told.
    """
    new = records.filter(
        pl.col("source_uid").is_null() | ~pl.col("source_uid").is_in(known.implode())
    )
    account.drop("duplicate", records.height - new.height)
    account.kept -= records.height - new.height
    part = pl.col("netflow").struct
    first, second = (
        pl.concat_str(f"{end}_h", pl.col(f"{end}_p").fill_null(0), separator=" ")
        for end in ("orig", "resp")
    )
    told = new.select(
        *_ends(),
        service("app_proto").alias("service"),
        _number(part.field("pkts")).alias("packets"),
        _number(part.field("bytes")).alias("bytes"),
        _flags(pl.coalesce(pl.col("tcp").struct.field(n) for n in
            ("tcp_flags", "tcp_flags_ts", "tcp_flags_tc"))).alias("flags"),
        pl.col("tcp").struct.field("state").alias("state"),
        *_macs(),
        pl.min_horizontal(first, second).alias("low"),
        pl.max_horizontal(first, second).alias("high"),
        first.alias("from"),
    ).with_columns(_span(new, "netflow"))  # fmt: skip
    told = told.with_row_index("row")
    alone = pl.when(pl.col("source_uid").is_null()).then("row").otherwise(0)
    told = told.with_columns(alone=alone)
    told = told.with_columns(
        nth=pl.int_range(pl.len()).over("source_uid", "alone", "low", "high", "from")
    )
    key = ("source_uid", "alone", "low", "high", "nth")
    there = pl.col("from") == pl.col("from").first()
    sides = [
        pl.col(name).filter(side).first().alias(f"{end}_{name}")
        for end, side in (("orig", there), ("resp", ~there))
        for name in ("packets", "bytes", "flags")
    ]
    kept = ("ts_ns", "end_ns", "proto", "orig_h", "orig_p", "resp_h", "resp_p", "community_id",
            "vlan", "state", "orig_l2_addr", "resp_l2_addr")  # fmt: skip
    stitched = (
        told.group_by(key, maintain_order=True)
        .agg(
            pl.len().alias("records"),
            *(pl.col(name).first() for name in kept if name not in ("ts_ns", "end_ns")),
            pl.col("service").drop_nulls().first(),
            pl.col("ts_ns").min(),
            pl.col("end_ns").max(),
            *sides,
        )
        .with_columns(pl.col("resp_packets", "resp_bytes").fill_null(0))
    )
    account.note("netflow_records_stitched", 2 * int((stitched["records"] == 2).sum()))
    account.note("netflow_records_alone", int((stitched["records"] == 1).sum()))
    return _finished(stitched)


def service(name: str) -> pl.Expr:
    """Suricata's application protocol by our name; null where it found none."""
    return pl.col(name).str.to_lowercase().replace(SERVICES)


def _ends() -> list[pl.Expr]:
    return [
        pl.col("source_uid", "proto", "community_id", "orig_h", "orig_p", "resp_h", "resp_p"),
        pl.col("vlan").list.first().cast(pl.UInt16, strict=False).alias("vlan"),
    ]


def _macs() -> list[pl.Expr]:
    """Addresses of the link, where one is told for a side."""
    ether = pl.col("ether").struct
    sides = []
    for theirs, ours in (("src_mac", "orig_l2_addr"), ("dest_mac", "resp_l2_addr")):
        several = ether.field(f"{theirs}s")
        one = pl.when(several.list.len() == 1).then(several.list.first())
        sides.append(pl.coalesce(ether.field(theirs), one).str.to_lowercase().alias(ours))
    return sides


def _span(records: pl.DataFrame, part: str) -> list[pl.Series]:
    """Start and end; where they are not told, the time of the record."""
    times = records[part].struct
    begin = time_ns(times.field("start")).fill_null(records["ts_ns"])
    end = time_ns(times.field("end")).fill_null(begin)
    return [begin.alias("ts_ns"), end.zip_with(end >= begin, begin).alias("end_ns")]


def _number(text: pl.Expr) -> pl.Expr:
    return text.cast(pl.UInt64, strict=False)


def _flags(text: pl.Expr) -> pl.Expr:
    """Flags in hexadecimal as letters; null where none are told."""
    bits = text.str.to_integer(base=16, dtype=pl.Int64, strict=False)
    letters = [
        pl.when(bits // bit % 2 == 1).then(pl.lit(letter)).otherwise(pl.lit(""))
        for letter, bit in FLAGS
    ]
    return pl.when(bits.is_not_null()).then(pl.concat_str(letters))


def _finished(told: pl.DataFrame) -> pl.DataFrame:
    """The rest that follows from packets, flags and times."""
    orig, resp = pl.col("orig_flags"), pl.col("resp_flags")
    flagged = (orig.fill_null("") != "") | (resp.fill_null("") != "")
    answered = pl.col("resp_packets").fill_null(0) > 0
    word = pl.col("state").replace_strict(STATES, default=None, return_dtype=pl.String())
    state = (
        pl.when((pl.col("proto") == "tcp") & flagged)
        .then(of_flags(orig.fill_null(""), resp.fill_null("")))
        .when(pl.col("proto") == "tcp")
        .then(word)
        .when((pl.col("proto") == "udp") & pl.col("orig_packets").is_not_null())
        .then(pl.when(answered).then(pl.lit("SF")).otherwise(pl.lit("S0")))
        .when(pl.col("proto").is_in(["icmp", "icmp6"]))
        .then(pl.lit("OTH"))
    )
    told = told.with_columns(
        conn_state=state,
        duration_s=(pl.col("end_ns") - pl.col("ts_ns")).cast(pl.Float64) / 1e9,
        orig_ip_bytes="orig_bytes",
        resp_ip_bytes="resp_bytes",
        bytes_are_ip=pl.lit(value=True),
        orig_by=pl.lit("source"),
    )
    wanted = {**FLOW_SCHEMA, "input_digest": pl.String()}
    return conform(told, pl.Schema(wanted))
