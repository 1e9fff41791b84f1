"""Raw columns of exported records into one-way records: ends, counts, times and sampling.

Counts stay as exported; the sampling rate stands beside them.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from lynceus.ingest.export_elements import ELEMENTS, REVERSE, TEXT_UNITS

RECORD_SCHEMA = pl.Schema(
    {
        "exporter": pl.String(),
        "src_h": pl.String(),
        "dst_h": pl.String(),
        "src_p": pl.UInt16(),
        "dst_p": pl.UInt16(),
        "proto": pl.String(),
        "ts_ns": pl.Int64(),
        "end_ns": pl.Int64(),
        "packets": pl.UInt64(),
        "bytes": pl.UInt64(),
        "tcp_flags": pl.UInt16(),
        "reverse_packets": pl.UInt64(),
        "reverse_bytes": pl.UInt64(),
        "reverse_tcp_flags": pl.UInt16(),
        "both_ways": pl.Boolean(),
        "orig_by": pl.String(),
        "bytes_are_ip": pl.Boolean(),
        "src_mac": pl.String(),
        "dst_mac": pl.String(),
        "vlan": pl.UInt16(),
        "sampling_rate": pl.UInt32(),
        "input_digest": pl.String(),
    }
)
"""A record as an exporter tells it: from `src` to `dst`, and where it tells both ways
(`both_ways`) what came back. `orig_by` is set where the record itself says who began: `source`,
and `REVERSED` where that is its destination."""

REVERSED = "source_reversed"

TRANSPORTS = {6: "tcp", 17: "udp", 1: "icmp", 58: "icmp6", 132: "sctp"}
PORTED = ("tcp", "udp", "sctp")
IPV4_ANY, IPV6_ANY = "0.0.0.0", "::"  # noqa: S104 (compared, never bound)

MS, US, NS = 1_000_000, 1_000, 1_000_000_000
SECONDS_1900_TO_1970 = 2_208_988_800
LATEST_NS = 1 << 62

BIFLOW_INITIATOR, BIFLOW_REVERSE = 1, 2
FLOW_CREATED = 1
"""`firewallEvent` of a flow that only begins; what it carried is told when it ends."""


def transport(number: pl.Expr) -> pl.Expr:
    """Our word for an IP protocol number."""
    return number.replace_strict(
        TRANSPORTS, default=number.cast(pl.String), return_dtype=pl.String()
    )


@cache
def _nulls() -> dict[str, pl.Expr]:
    """Every raw column, as it is where no template had it."""
    dtypes: dict[str, pl.DataType] = {}
    for element in ELEMENTS:
        is_text, is_share = element.unit in TEXT_UNITS, element.unit == "probability"
        dtype = pl.String() if is_text else pl.Float64() if is_share else pl.UInt64()
        dtypes |= {element.column: dtype, REVERSE + element.column: dtype}
    return {name: pl.lit(None, dtype).alias(name) for name, dtype in dtypes.items()}


def with_all_columns(raw: pl.DataFrame) -> pl.DataFrame:
    """The raw columns with those that no template had as nulls."""
    return raw.with_columns(null for name, null in _nulls().items() if name not in raw.columns)


def rate_told() -> pl.Expr:
    """Packets of which one is sampled, as a record says itself; null where it does not."""
    size, population = pl.col("sampling_size"), pl.col("sampling_population")
    taken, left_out = pl.col("sampling_packet_interval"), pl.col("sampling_packet_space")
    share = pl.col("sampling_probability")
    ratios = (
        pl.when((size > 0) & (population > 0)).then(population / size),
        pl.when((taken > 0) & left_out.is_not_null()).then((taken + left_out) / taken),
        pl.when((taken > 0) & left_out.is_null()).then(taken.cast(pl.Float64)),
        pl.when(pl.col("sampling_interval") > 0).then(pl.col("sampling_interval")),
        pl.when(pl.col("sampler_interval") > 0).then(pl.col("sampler_interval")),
        pl.when((share > 0) & (share <= 1)).then(1 / share),
    )
    return (
        pl.coalesce(*(ratio.cast(pl.Float64) for ratio in ratios))
        .round()
        .cast(pl.UInt32, strict=False)
    )


def sampled(records: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """The rate of each record: told in it, else by options of its exporter's domain.

    `records` has `session`, `datagram`, `sampler`, `interface` and `rate`, `rates` the same. An
    option holds from the datagram that tells it, and for what came before the first one too. The
    sampler that a record names goes first, then its interface, then what is said of the whole
    domain, then the only sampler of the domain.
    """
    sampler, interface = pl.col("sampler").is_not_null(), pl.col("interface").is_not_null()
    single = rates.filter(sampler).filter(pl.col("sampler").n_unique().over("session") == 1)
    steps = (
        (["session", "sampler"], rates.filter(sampler)),
        (["session", "interface"], rates.filter(~sampler & interface)),
        (["session"], rates.filter(~sampler & ~interface)),
        (["session"], single),
    )
    records = records.with_row_index("_row")
    for by, told in steps:
        if told.is_empty() or not records["rate"].has_nulls():
            continue
        known = told.select(*by, "datagram", pl.col("rate").alias("_rate"))
        known = known.drop_nulls().sort("datagram")
        for strategy in ("backward", "forward"):
            records = (
                records.sort("datagram")
                .join_asof(known, on="datagram", by=by, strategy=strategy, check_sortedness=False)
                .with_columns(pl.coalesce("rate", "_rate").alias("rate"))
                .drop("_rate")
            )
    return records.sort("_row").drop("_row")


def one_way(raw: pl.DataFrame) -> pl.DataFrame:
    """Records in `RECORD_SCHEMA` of raw columns with `export_ns`, `boot_ns`, `version` and `rate`.

    `export_ns` is when the record was sent, `boot_ns` when the exporter began, where known.
    """
    timed = raw.with_columns(_begin().alias("_begin"), _end().alias("_end")).with_columns(
        _duration_ns().alias("_lasted")
    )
    begin, end, lasted = pl.col("_begin"), pl.col("_end"), pl.col("_lasted").fill_null(0)
    sent = pl.col("export_ns")
    end = pl.coalesce(end, begin + lasted, sent)
    begin = pl.coalesce(begin, end - lasted)
    flat = timed.with_columns(
        ts_ns=pl.min_horizontal(begin, end),
        end_ns=pl.max_horizontal(begin, end),
        src_h=_address("src"),
        dst_h=_address("dst"),
        transport=transport(pl.col("proto")),
    )
    return flat.with_columns(*_ends(), *_counts(), *_rest()).select(
        pl.col(name).cast(dtype, strict=False) for name, dtype in RECORD_SCHEMA.items()
    )


def _address(side: str) -> pl.Expr:
    """Templates with room for both versions fill the other with zeros."""
    v4, v6 = pl.col(f"{side}_ipv4"), pl.col(f"{side}_ipv6")
    other = pl.col("dst_ipv4" if side == "src" else "src_ipv4")
    no_v4 = ((v4 == IPV4_ANY) & ((other == IPV4_ANY) | other.is_null())) | (
        pl.col("ip_version") == 6
    )
    return (
        pl.when(v4.is_null() | (no_v4 & v6.is_not_null() & (v6 != IPV6_ANY))).then(v6).otherwise(v4)
    )


@cache
def _ends() -> list[pl.Expr]:
    proto = pl.col("transport")
    packed4, packed6 = pl.col("icmp_type_code"), pl.col("icmp6_type_code")
    packed = pl.coalesce(
        pl.when(proto == "icmp").then(packed4),
        pl.when(proto == "icmp6").then(packed6),
        "dst_p",
    ) & 0xFFFF  # fmt: skip
    kind = pl.coalesce(
        pl.when(proto == "icmp").then("icmp_type"),
        pl.when(proto == "icmp6").then("icmp6_type"),
        packed // 256,
    )
    code = pl.coalesce(
        pl.when(proto == "icmp").then("icmp_code"),
        pl.when(proto == "icmp6").then("icmp6_code"),
        packed % 256,
    )
    is_icmp, ported = proto.is_in(["icmp", "icmp6"]), proto.is_in(PORTED)
    src = pl.coalesce("src_p", "udp_src_p", "tcp_src_p")
    dst = pl.coalesce("dst_p", "udp_dst_p", "tcp_dst_p")
    return [
        pl.when(is_icmp).then(kind).when(ported | proto.is_null()).then(src).alias("src_p"),
        pl.when(is_icmp).then(code).when(ported | proto.is_null()).then(dst).alias("dst_p"),
        proto.alias("proto"),
    ]


@cache
def _counts() -> list[pl.Expr]:
    """Counts of both directions; what left the exporter counts where what came in is not told."""
    payload = pl.col("initiator_bytes").is_not_null() & pl.col("bytes").is_null()
    there = pl.coalesce("bytes", "total_bytes", "frame_bytes", "initiator_bytes", "post_bytes")
    packets = pl.coalesce("packets", "total_packets", "initiator_packets", "post_packets")
    # Huawei's NetFlow 9 has another meaning for the responder's number where it stands alone.
    answered = pl.when(pl.col("initiator_bytes").is_not_null()).then("responder_bytes")
    answers = pl.when(pl.col("initiator_packets").is_not_null()).then("responder_packets")
    back = pl.coalesce("reverse_bytes", "reverse_total_bytes", "reverse_frame_bytes", answered)
    packets_back = pl.coalesce("reverse_packets", "reverse_total_packets", answers)
    both_ways = back.is_not_null() | packets_back.is_not_null()
    direction = pl.col("biflow_direction")
    by_role = pl.col("initiator_bytes").is_not_null() | pl.col("initiator_packets").is_not_null()
    return [
        packets.alias("packets"),
        there.alias("bytes"),
        packets_back.alias("reverse_packets"),
        back.alias("reverse_bytes"),
        both_ways.alias("both_ways"),
        (~payload).alias("bytes_are_ip"),
        pl.when(direction == BIFLOW_REVERSE)
        .then(pl.lit(REVERSED))
        .when((direction == BIFLOW_INITIATOR) | by_role)
        .then(pl.lit("source"))
        .alias("orig_by"),
    ]


@cache
def _rest() -> list[pl.Expr]:
    tcp = pl.col("transport") == "tcp"
    rate = pl.col("rate")
    vlan = pl.coalesce("dot1q_vlan", "vlan")
    return [
        pl.when(tcp).then(pl.col("tcp_flags") & 0xFF).alias("tcp_flags"),
        pl.when(tcp).then(pl.col("reverse_tcp_flags") & 0xFF).alias("reverse_tcp_flags"),
        pl.when((vlan > 0) & (vlan < 4096)).then(vlan).alias("vlan"),
        pl.when(rate > 1).then(rate).alias("sampling_rate"),
    ]


@cache
def _begin() -> pl.Expr:
    return pl.coalesce(*_absolute("start"), *_absolute("observed"), _since_boot("start"),
                       _before_export("start"))  # fmt: skip


@cache
def _end() -> pl.Expr:
    return pl.coalesce(*_absolute("end"), *_absolute("observed"), _since_boot("end"),
                       _before_export("end"))  # fmt: skip


def _absolute(which: str) -> list[pl.Expr]:
    """Times since 1970, the finest first; 0 is none."""
    if which == "observed":
        told = [_scaled("observed_ms", MS), _scaled("observed_s", NS)]
    else:
        told = [_ntp(f"{which}_ns_ntp", 1), _ntp(f"{which}_us_ntp", US),
                _scaled(f"{which}_ms", MS), _scaled(f"{which}_s", NS)]  # fmt: skip
    return told


def _scaled(name: str, factor: int) -> pl.Expr:
    value = pl.col(name)
    fits = (value > 0) & (value < LATEST_NS // factor)
    return pl.when(fits).then(value.clip(0, LATEST_NS // factor).cast(pl.Int64) * factor)


def _ntp(name: str, unit_ns: int) -> pl.Expr:
    """NTP seconds and fraction; exporters that count units since 1970 stay far below 1970 in it."""
    value = pl.col(name)
    seconds = (value // (1 << 32)).cast(pl.Int64)
    part = (((value & 0xFFFFFFFF) * NS) // (1 << 32)).cast(pl.Int64)
    is_ntp = seconds >= SECONDS_1900_TO_1970
    return (
        pl.when(is_ntp)
        .then((seconds - SECONDS_1900_TO_1970) * NS + part)
        .otherwise(_scaled(name, unit_ns))
    )


def _since_boot(which: str) -> pl.Expr:
    """Milliseconds since the exporter began; its clock of 32 bits wraps every 49.7 days."""
    uptime = pl.col(f"{which}_uptime_ms").cast(pl.Int64, strict=False)
    now = (pl.col("export_ns") - pl.coalesce(_scaled("init_ms", MS), "boot_ns")) // MS
    ago = (now - uptime) & 0xFFFFFFFF
    ago = pl.when(ago >= 1 << 31).then(ago - (1 << 32)).otherwise(ago)
    return pl.col("export_ns") - ago * MS


def _before_export(which: str) -> pl.Expr:
    ago = pl.col(f"{which}_before_us").cast(pl.Int64, strict=False)
    return pl.col("export_ns") - ago.clip(0, 1 << 40) * US


@cache
def _duration_ns() -> pl.Expr:
    told = pl.coalesce(_scaled("duration_us", US), _scaled("duration_ms", MS))
    uptimes = pl.col("end_uptime_ms").cast(pl.Int64, strict=False) - pl.col("start_uptime_ms").cast(
        pl.Int64, strict=False
    )
    return pl.coalesce(told, pl.when(uptimes.is_between(0, 1 << 31)).then(uptimes * MS))
