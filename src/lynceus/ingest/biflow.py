"""One-way records of flow exports into flows of both directions, each counted once.

Two pure functions: `counted_once` leaves a flow that several exporters saw with the one that saw
most of it, `stitched` joins the records of the two directions.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from lynceus.ingest.argus_states import conn_state
from lynceus.ingest.export_records import RECORD_SCHEMA, REVERSED
from lynceus.records import conform

STITCH_TIMEOUT_S = 30.0
"""The two directions of a flow are one where the later begins at most so long after the end of the
earlier; records of several exporters are one flow on the same terms."""

MOST_ROUNDS = 32
"""Rounds in which nearest neighbours find each other; what is left then is joined in its order."""

ICMP_ANSWERS = {
    "icmp": {0: 8, 14: 13, 16: 15, 18: 17, 9: 10},
    "icmp6": {129: 128, 132: 131, 134: 133, 136: 135},
}
"""Types that answer, and the type they answer to."""

SERVICE_PORTS_BELOW, EPHEMERAL_FROM = 1024, 32_768
FLAG_LETTERS = ((1, "F"), (2, "S"), (4, "R"), (8, "P"), (16, "A"))
SYN, ACK = 2, 16
NS = 1_000_000_000


def counted_once(
    records: pl.DataFrame, timeout_s: float = STITCH_TIMEOUT_S
) -> tuple[pl.DataFrame, int]:
    """The records without those that an exporter told less of than another; and how many went.

    Records of one five-tuple and direction that overlap in time, give or take the timeout, are one
    flow. Of its exporters the one with most packets (then bytes, then the first by name) stays,
    with all of its records. Records whose exporter is unknown are of one exporter.
    """
    if records["exporter"].n_unique() < 2:
        return records, 0
    five = ["src_h", "dst_h", "src_p", "dst_p", "proto"]
    rows = _with_conversations(records.with_row_index("_row"), five, timeout_s)
    group = [*five, "_conversation"]
    scale = pl.col("sampling_rate").fill_null(1).cast(pl.UInt64)
    seen = (
        rows.group_by([*group, "exporter"])
        .agg((pl.col("packets") * scale).sum(), (pl.col("bytes") * scale).sum())
        .sort("packets", "bytes", "exporter", descending=[True, True, False], nulls_last=True)
        .unique(group, keep="first", maintain_order=True)
        .select(*group, "exporter")
    )
    kept = rows.join(seen, on=[*group, "exporter"], how="semi", nulls_equal=True)
    left = kept.sort("_row").drop("_row", "_conversation")
    return left, records.height - left.height


def _with_conversations(rows: pl.DataFrame, key: list[str], timeout_s: float) -> pl.DataFrame:
    """The rows with a number that is new where a row begins long after all before it ended."""
    timeout = int(timeout_s * NS)
    reached = pl.col("end_ns").cum_max().shift(1).over(key)
    fresh = (pl.col("ts_ns") > reached + timeout).fill_null(value=False)
    return rows.sort("ts_ns", "_row", nulls_last=True).with_columns(
        _conversation=fresh.cast(pl.UInt32).cum_sum().over(key)
    )


def aggregated(
    packets: pl.DataFrame, active_timeout_s: float, timeout_s: float = STITCH_TIMEOUT_S
) -> pl.DataFrame:
    """Sampled packets of one five-tuple, direction and exporter as one record.

    A pause longer than the timeout, and each active timeout since its first packet, begins another.
    """
    key = ["exporter", "src_h", "dst_h", "src_p", "dst_p", "proto", "sampling_rate", "input_digest"]
    rows = _with_conversations(packets.with_row_index("_row"), key, timeout_s)
    group = [*key, "_conversation", "_part"]
    since = pl.col("ts_ns") - pl.col("ts_ns").min().over([*key, "_conversation"])
    summed = (
        rows.with_columns(_part=since // max(int(active_timeout_s * NS), 1))
        .sort("_row")
        .group_by(group, maintain_order=True)
        .agg(
            pl.col("ts_ns").min(),
            pl.col("end_ns").max(),
            pl.col("packets", "bytes").sum(),
            pl.col("tcp_flags").bitwise_or(),
            pl.col("src_mac", "dst_mac", "vlan", "both_ways", "bytes_are_ip").first(),
        )
    )
    return conform(summed, RECORD_SCHEMA)


def stitched(records: pl.DataFrame, timeout_s: float = STITCH_TIMEOUT_S) -> pl.DataFrame:
    """Flows in our columns of one-way records in `RECORD_SCHEMA`, in the order of the records.

    A record of A to B and one of B to A with the same ports are one flow where each is the other's
    nearest in start and the timeout is kept; each record belongs to one flow. ICMP answers go with
    their requests. Records that tell both ways stay alone. What stays one-sided is null on the
    other side, since an exporter may see one direction only.

    The originator is the one who sent a SYN without ACK, else the one that speaks to a service
    port, else the one that began.
    """
    rows = _keyed(records.with_row_index("_row"))
    alone = rows.filter(pl.col("both_ways") | pl.col("ts_ns").is_null())
    rest = rows.filter(~(pl.col("both_ways") | pl.col("ts_ns").is_null()))
    pairs = _pairs(rest, int(timeout_s * NS))
    mate = pairs.join(rest, left_on="_mate", right_on="_row").drop("_mate")
    other = {name: f"reverse_{name}" for name in ("packets", "bytes", "tcp_flags")}
    theirs = mate.select(
        "_first",
        *(pl.col(name).alias(to) for name, to in other.items()),
        pl.col("ts_ns").alias("_mate_ts_ns"),
        pl.col("end_ns").alias("_mate_end_ns"),
        pl.col("src_mac").alias("_mate_mac"),
        pl.col("sampling_rate").alias("_mate_rate"),
    )
    first = rest.filter(~pl.col("_row").is_in(pairs["_mate"].implode())).drop(other.values())
    joined = first.join(theirs, left_on="_row", right_on="_first", how="left").with_columns(
        both_ways=pl.col("_mate_ts_ns").is_not_null()
    )
    flows = pl.concat([alone, joined], how="diagonal").sort("_row")
    return _as_flows(flows)


def _keyed(rows: pl.DataFrame) -> pl.DataFrame:
    """With the conversation's key, alike for both directions, and which direction a row is."""
    asked = pl.col("src_p")
    is_answer = pl.lit(value=False)
    for proto, answers in ICMP_ANSWERS.items():
        mine = pl.col("proto") == proto
        is_answer |= mine & pl.col("src_p").is_in(list(answers))
        asked = pl.when(mine).then(pl.col("src_p").replace(answers)).otherwise(asked)
    icmp = pl.col("proto").is_in(list(ICMP_ANSWERS))
    turned = pl.when(icmp).then(is_answer).otherwise(
        (pl.col("src_h") > pl.col("dst_h"))
        | ((pl.col("src_h") == pl.col("dst_h")) & (pl.col("src_p") > pl.col("dst_p")))
    ).fill_null(value=False)  # fmt: skip
    rows = rows.with_columns(turned.alias("_turned"), icmp.fill_null(value=False).alias("_icmp"))
    turn, plain = pl.col("_turned"), pl.col("_icmp")
    return rows.with_columns(
        pl.when(turn).then("dst_h").otherwise("src_h").alias("_a"),
        pl.when(turn).then("src_h").otherwise("dst_h").alias("_b"),
        pl.when(plain).then(asked).when(turn).then("dst_p").otherwise("src_p").alias("_a_p"),
        pl.when(plain).then("dst_p").when(turn).then("src_p").otherwise("dst_p").alias("_b_p"),
    )


def conversation(records: pl.DataFrame) -> pl.Series:
    """A number for each record that is alike for all records of the same ends, both directions."""
    ends = pl.struct("_a", "_b", "_a_p", "_b_p", "proto").hash()
    return _keyed(records).select(ends.alias("conversation"))["conversation"]


def _pairs(rows: pl.DataFrame, timeout_ns: int) -> pl.DataFrame:
    """Rows that are two directions of one flow: `_first`, the earlier, and `_mate`."""
    key = ["_a", "_b", "_a_p", "_b_p", "proto"]
    left = rows.select("_row", "ts_ns", "end_ns", "_turned", *key).with_columns(
        _group=pl.struct(key).rank("dense")
    ).drop(key).sort("_group", "ts_ns", "_row")  # fmt: skip
    found = [pl.DataFrame(schema={"_first": pl.UInt32, "_mate": pl.UInt32})]
    for turn in range(MOST_ROUNDS + 1):
        pairs = _neighbours(left, timeout_ns, in_order=turn == MOST_ROUNDS)
        if pairs.is_empty():
            break
        found.append(pairs)
        gone = pl.concat([pairs["_first"], pairs["_mate"].rename("_first")])
        left = left.filter(~pl.col("_row").is_in(gone.implode()))
    return pl.concat(found)


def _neighbours(rows: pl.DataFrame, timeout_ns: int, *, in_order: bool) -> pl.DataFrame:
    """Rows whose next one is the nearest of the other direction, and the other way round.

    `in_order` takes every second place of a stretch that alternates, whatever the distances.
    """
    ahead = pl.struct("_group", "_turned", "ts_ns").shift(-1)
    facing = (
        (ahead.struct.field("_group") == pl.col("_group"))
        & (ahead.struct.field("_turned") != pl.col("_turned"))
        & (ahead.struct.field("ts_ns") <= pl.col("end_ns") + timeout_ns)
    ).fill_null(value=False)
    far = pl.lit(1 << 62, pl.Int64)
    gap = pl.when(facing).then(ahead.struct.field("ts_ns") - pl.col("ts_ns")).otherwise(far)
    rows = rows.with_columns(facing.alias("_facing"), gap.alias("_gap"))
    before, after = pl.col("_gap").shift(1).fill_null(far), pl.col("_gap").shift(-1).fill_null(far)
    if in_order:
        stretch = (~pl.col("_facing").shift(1).fill_null(value=False)).cum_sum()
        chosen = pl.col("_facing") & (pl.int_range(pl.len()).over(stretch) % 2 == 0)
    else:
        chosen = pl.col("_facing") & (pl.col("_gap") < before) & (pl.col("_gap") <= after)
    return rows.select(
        pl.col("_row").alias("_first"), pl.col("_row").shift(-1).alias("_mate"),
        chosen.alias("chosen"),
    ).filter("chosen").drop("chosen")  # fmt: skip


def _as_flows(rows: pl.DataFrame) -> pl.DataFrame:
    """Flows from the originator's side."""
    flipped, by = _flipped()
    rows = rows.with_columns(flipped.alias("_flip"), by.alias("orig_by"))
    flip, icmp = pl.col("_flip"), pl.col("_icmp")

    def side(mine: str, theirs: str, *, turned: bool) -> pl.Expr:
        first, second = (theirs, mine) if turned else (mine, theirs)
        return pl.when(flip).then(second).otherwise(first)

    begin = pl.min_horizontal("ts_ns", "_mate_ts_ns")
    end = pl.max_horizontal("end_ns", "_mate_end_ns")
    mac = pl.coalesce("_mate_mac", "dst_mac")
    letters = [_letters(n).alias(f"_{n}") for n in ("tcp_flags", "reverse_tcp_flags")]
    flows = rows.with_columns(mac.alias("_dst_mac"), *letters).with_columns(
        begin.alias("ts_ns"),
        end.alias("end_ns"),
        ((end - begin).cast(pl.Float64) / NS).alias("duration_s"),
        side("src_h", "dst_h", turned=False).alias("orig_h"),
        side("src_h", "dst_h", turned=True).alias("resp_h"),
        pl.when(icmp).then("_a_p").when(flip).then("dst_p").otherwise("src_p").alias("orig_p"),
        pl.when(icmp).then("dst_p").when(flip).then("src_p").otherwise("dst_p").alias("resp_p"),
        side("packets", "reverse_packets", turned=False).alias("orig_packets"),
        side("packets", "reverse_packets", turned=True).alias("resp_packets"),
        side("bytes", "reverse_bytes", turned=False).alias("orig_bytes"),
        side("bytes", "reverse_bytes", turned=True).alias("resp_bytes"),
        side("src_mac", "_dst_mac", turned=False).alias("orig_l2_addr"),
        side("src_mac", "_dst_mac", turned=True).alias("resp_l2_addr"),
        side("_tcp_flags", "_reverse_tcp_flags", turned=False).alias("_orig_flags"),
        side("_tcp_flags", "_reverse_tcp_flags", turned=True).alias("_resp_flags"),
        pl.max_horizontal("sampling_rate", "_mate_rate").alias("sampling_rate"),
    )
    ip = pl.col("bytes_are_ip")
    flows = flows.with_columns(
        pl.when(ip).then("orig_bytes").alias("orig_ip_bytes"),
        pl.when(ip).then("resp_bytes").alias("resp_ip_bytes"),
        pl.format("{}_{}", "_orig_flags", "_resp_flags").alias("State"),
    )
    return flows.with_columns(_state().alias("conn_state")).select(
        "ts_ns", "end_ns", "duration_s", "orig_h", "orig_p", "resp_h", "resp_p", "proto", "orig_by",
        "orig_packets", "resp_packets", "orig_bytes", "resp_bytes", "orig_ip_bytes",
        "resp_ip_bytes", "bytes_are_ip", "orig_l2_addr", "resp_l2_addr", "vlan", "sampling_rate",
        "conn_state", "input_digest",
    )  # fmt: skip


@cache
def _flipped() -> tuple[pl.Expr, pl.Expr]:
    """Whether the destination of a row began the flow, and by what that is known."""
    told = pl.col("orig_by").is_not_null()
    packets, answers = pl.col("packets"), pl.col("reverse_packets")
    silent = ((packets == 0) != (answers == 0)).fill_null(value=False)
    here, there = _opened("tcp_flags"), _opened("reverse_tcp_flags")
    by_syn = (here != there).fill_null(value=False) | (
        pl.col("reverse_tcp_flags").is_null() & here.fill_null(value=False)
    )
    asks, serves = _rank("src_p"), _rank("dst_p")
    by_port = ~pl.col("_icmp") & (asks != serves).fill_null(value=False)
    flip = (
        pl.when(told).then(pl.col("orig_by") == REVERSED)
        .when(silent).then(packets == 0)
        .when(pl.col("_icmp")).then(pl.col("_turned"))
        .when(by_syn).then(~here.fill_null(value=False))
        .when(by_port).then(asks < serves)
        .otherwise(pl.lit(value=False))
    )  # fmt: skip
    by = (
        pl.when(told).then(pl.lit("source"))
        .when(silent).then(pl.lit("first_seen"))
        .when(by_syn).then(pl.lit("handshake"))
        .when(by_port | pl.col("_turned") & pl.col("_icmp")).then(pl.lit("port"))
        .otherwise(pl.lit("first_seen"))
    )  # fmt: skip
    return flip, by


def _opened(flags: str) -> pl.Expr:
    """Whether a SYN and never an ACK was sent."""
    return (pl.col(flags) & (SYN | ACK)) == SYN


def _rank(port: str) -> pl.Expr:
    """How service-like a port is, 0 most."""
    number = pl.col(port)
    return (
        pl.when(number == 0).then(None)
        .when(number < SERVICE_PORTS_BELOW).then(0)
        .when(number < EPHEMERAL_FROM).then(1)
        .when(number.is_not_null()).then(2)
    )  # fmt: skip


def _letters(flags: str) -> pl.Expr:
    """TCP flags as Argus writes them; null where they are not told."""
    told = pl.col(flags)
    parts = [pl.when(told & bit > 0).then(pl.lit(letter)).otherwise(pl.lit(""))
             for bit, letter in FLAG_LETTERS]  # fmt: skip
    return pl.when(told.is_not_null()).then(pl.concat_str(parts))


@cache
def _state() -> pl.Expr:
    """State of the connection, where both sides are told, or a lone SYN that nothing followed."""
    tcp, both = pl.col("proto") == "tcp", pl.col("both_ways")
    lone_syn = tcp & ~both & (pl.col("_orig_flags") == "S")
    known = conn_state(pl.lit(value=False))
    flags = pl.col("_orig_flags").is_not_null() & pl.col("_resp_flags").is_not_null()
    return (
        pl.when(lone_syn).then(pl.lit("S0"))
        .when(tcp & both & flags & (pl.col("State") != "_")).then(known)
        .when((pl.col("proto") == "udp") & both & (pl.col("resp_packets") > 0)).then(pl.lit("SF"))
        .when((pl.col("proto") == "udp") & both & (pl.col("resp_packets") == 0)).then(pl.lit("S0"))
        .when(pl.col("_icmp")).then(pl.lit("OTH"))
    )  # fmt: skip
