"""Rows of device logs, text as written, into flows and events of ours."""

from __future__ import annotations

import polars as pl

from lynceus.account import Account
from lynceus.ingest.beside import nothing_but
from lynceus.ingest.biflow import SERVICE_PORTS_BELOW, counted_once, stitched
from lynceus.ingest.binetflow import PROTOCOLS
from lynceus.ingest.columns import addresses, port
from lynceus.ingest.devices import NESTED
from lynceus.ingest.export_records import PORTED, RECORD_SCHEMA, transport
from lynceus.ingest.quantities import duration_s, size_bytes
from lynceus.ingest.syslog import written_times
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, conform

SIZES = ("orig_bytes", "resp_bytes", "total_bytes", "orig_packets", "resp_packets", "total_packets")
ENDS = ("orig_h", "orig_p", "resp_h", "resp_p", "proto")
UNKNOWN_ADDRESSES = ("0.0.0.0", "::")  # noqa: S104 (compared, never bound)

EPOCH_DIGITS = ((10, 1_000_000_000), (13, 1_000_000), (16, 1_000), (19, 1))
"""Digits of a time since 1970 by its unit, and that unit in ns."""

SERVICES = {
    "https": "tls", "ssl": "tls", "tls": "tls", "tls1.2": "tls", "tls1.3": "tls", "quic": "quic",
    "http": "http", "web-browsing": "http", "http/1.1": "http", "http2": "http", "dns": "dns",
    "dns-base": "dns", "domain": "dns", "domain-udp": "dns", "domain-tcp": "dns", "ssh": "ssh",
    "ftp": "ftp", "smtp": "smtp", "smtp-base": "smtp", "imap": "imap", "pop3": "pop3",
    "telnet": "telnet", "ntp": "ntp", "ntp-base": "ntp", "snmp": "snmp", "snmp-base": "snmp",
    "ldap": "ldap", "kerberos": "kerberos", "rdp": "rdp", "ms-rdp": "rdp", "smb": "smb",
    "ms-ds-smb": "smb", "ms-ds-smbv2": "smb", "ms-ds-smbv3": "smb", "microsoft-ds": "smb",
    "sip": "sip", "dhcp": "dhcp", "mqtt": "mqtt",
}  # fmt: skip
"""Words of devices for a protocol and ours; their names for applications and objects are none."""

DENIED = (
    r"(?i)\b(?:den(?:y|ied)|drop(?:ped)?|block(?:ed)?|discard(?:ed)?|prevent(?:ed)?|"
    r"rej(?:ect(?:ed)?)?|reset)\b"
)
REFUSED = r"(?i)\b(?:rej(?:ect(?:ed)?)?|reset)"
"""Words of devices that let nothing pass, and of those that say so to the sender."""


def typed(rows: pl.DataFrame, account: Account) -> pl.DataFrame:
    """The rows in our types; what is written but cannot be read is noted."""
    times = [_time(rows[name], rows["tz"], account).alias(f"{name}_ns")
             for name in ("written", "start", "end")]  # fmt: skip
    nowhere = dict.fromkeys(UNKNOWN_ADDRESSES)
    hosts = [addresses(rows[name]).replace(nowhere).alias(name)
             for name in ("orig_h", "resp_h", "attacker_h", "victim_h")]  # fmt: skip
    rows = rows.with_columns(
        *times,
        *hosts,
        *(port(pl.col(name)).alias(name) for name in ("orig_p", "resp_p")),
        *(size_bytes(pl.col(name)).alias(name) for name in SIZES),
        *(
            pl.col(name).str.to_lowercase().str.replace_all("[-.]", ":").alias(name)
            for name in ("orig_l2_addr", "resp_l2_addr")
        ),
        _proto(pl.col("proto")).alias("proto"),
        duration_s(pl.col("duration_s")).alias("duration_s"),
        pl.col("score").cast(pl.Float64, strict=False).alias("score"),
        _service(pl.col("service")).alias("service"),
    )
    lasted_ns = (pl.col("duration_s") * 1e9).cast(pl.Int64, strict=False)
    # A line that tells how long a connection lasted is written when it ends.
    begun = pl.coalesce("start_ns", pl.coalesce("end_ns", "written_ns") - lasted_ns.fill_null(0))
    return rows.with_columns(
        ts_ns=begun,
        end_ns=pl.max_horizontal(begun, pl.coalesce("end_ns", begun + lasted_ns, "written_ns")),
        at_ns=pl.coalesce("written_ns", "end_ns", "start_ns"),
        flow=pl.col("flow").fill_null(value=True)
        & pl.col("orig_h").is_not_null() & pl.col("resp_h").is_not_null() & ~_answer(),
    )  # fmt: skip


def without_begins(rows: pl.DataFrame, account: Account) -> pl.DataFrame:
    """The rows (text) with those that only say that a connection began as no traffic.

    Where lines are read as they come, its end is told later, with all there is to know.
    """
    began = (
        pl.col("conn").is_not_null() & (pl.col("conn") != "0")
        & pl.all_horizontal(pl.col("duration_s", "end", *SIZES).is_null())
        & ~pl.col("action").fill_null("").str.contains(DENIED)
    )  # fmt: skip
    told = rows.select(began & pl.col("flow").fill_null(value=True)).to_series()
    account.note("connections_that_began", int(told.sum()))
    return rows.with_columns(flow=pl.col("flow").fill_null(value=True) & ~told)


def flows_of(rows: pl.DataFrame, account: Account) -> pl.DataFrame:
    """The flows of rows of traffic.

    Lines of one connection are one flow, and so are the two directions where lines tell one each.
    """
    traffic = rows.filter("flow").with_columns(
        source_uid=pl.when(pl.col("conn") != "0").then("conn"),
        conn_state=_state(),
        bytes_are_ip=~pl.col("payload").fill_null(value=False),
    )
    one_way = pl.col("one_way").fill_null(value=False)
    told = traffic.filter(~one_way)
    known = told.filter(pl.col("source_uid").is_not_null())
    # The line that a connection begins with knows best which end began it.
    joined = _keyed(known).group_by("vendor", "sensor", *KEY, maintain_order=True).agg(
        pl.col("source_uid", *ENDS, "input_digest", "bytes_are_ip").first(),
        pl.col("ts_ns").min(),
        pl.col("end_ns").max(),
        pl.col("duration_s", *SIZES).max(),
        pl.col("service", "conn_state", "orig_l2_addr", "resp_l2_addr").drop_nulls().first(),
    ).drop(KEY)  # fmt: skip
    account.note("lines_of_one_connection_joined", known.height - joined.height)
    others = told.filter(pl.col("source_uid").is_null()).select(joined.columns)
    flows = [conform(pl.concat([joined, others]), FLOW_SCHEMA)]
    if traffic.height > told.height:
        flows.append(conform(_stitched(traffic.filter(one_way), account), FLOW_SCHEMA))
    return pl.concat(flows)


def _stitched(rows: pl.DataFrame, account: Account) -> pl.DataFrame:
    """Flows of rows of one direction each, counted once where several devices saw them."""
    records = rows.select(
        exporter="sensor",
        src_h="orig_h", dst_h="resp_h", src_p="orig_p", dst_p="resp_p", proto="proto",
        ts_ns="ts_ns", end_ns="end_ns", packets="orig_packets", bytes="orig_bytes",
        both_ways=pl.lit(value=False),
        bytes_are_ip=pl.lit(value=True),
        input_digest="input_digest",
    )  # fmt: skip
    once, again = counted_once(conform(records, RECORD_SCHEMA))
    account.note("records_of_a_flow_that_another_device_told", again)
    flows = stitched(once)
    account.note("records_stitched_to_another", once.height - flows.height)
    denied = rows.filter(pl.col("action").str.contains(DENIED)).select(
        *ENDS, "ts_ns", state=_state()
    ).unique([*ENDS, "ts_ns"])  # fmt: skip
    return flows.join(
        denied, on=[*ENDS, "ts_ns"], how="left", nulls_equal=True, maintain_order="left"
    ).with_columns(conn_state=pl.coalesce("state", "conn_state"))  # fmt: skip


def events(rows: pl.DataFrame, flows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The tables of events of all rows, with the uid of their flow.

    Their ends stay as the line has them, also where it was the other end that began.
    """
    known = _keyed(flows.select(*ENDS, "ts_ns", "uid", conn="source_uid").drop_nulls("ts_ns"))
    identity = known.sort("ts_ns").select(*KEY, "ts_ns", "uid")
    traffic = _keyed(rows.with_row_index("place"))
    timed = traffic.filter(pl.col("flow") & pl.col("ts_ns").is_not_null())
    found = timed.sort("ts_ns").join_asof(
        identity, on="ts_ns", by=list(KEY), strategy="nearest", check_sortedness=False
    )
    told = traffic.join(found.select("place", "uid"), on="place", how="left", maintain_order="left")
    told = told.with_columns(ts_ns="at_ns")
    return {
        "device_log": conform(told, EVENT_SCHEMAS["device_log"]),
        "alert": conform(told.filter(pl.col("signature").is_not_null()), EVENT_SCHEMAS["alert"]),
        **{table: _nested(told, table) for table in NESTED},
    }


KEY = ("_low", "_high", "_proto", "_conn")


def _keyed(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with what tells their conversation, alike for both directions."""
    ends = [
        pl.concat_str(f"{side}_h", pl.col(f"{side}_p").fill_null(0), separator=" ")
        for side in ("orig", "resp")
    ]
    return rows.with_columns(
        _low=pl.min_horizontal(ends),
        _high=pl.max_horizontal(ends),
        _proto=pl.col("proto").fill_null(""),
        _conn=pl.when(pl.col("conn") != "0").then("conn").fill_null(""),
    )


def _nested(told: pl.DataFrame, table: str) -> pl.DataFrame:
    """The rows of another table that lines tell beside their own."""
    own = told.filter(pl.col(f"{table}_event").is_not_null())
    if table == "login":
        own = own.with_columns(
            username=nothing_but(pl.col("username")),
            hostname=pl.when("own_login").then("sensor").otherwise("hostname"),
            resp_h=pl.when(pl.col("by_server").fill_null(value=False).not_()).then("resp_h"),
        )
    fields = own[f"{table}_event"].struct.unnest()
    plain = own.drop(name for name in fields.columns if name in own.columns)
    return conform(plain.hstack(fields), EVENT_SCHEMAS[table])


def _time(values: pl.Series, zone: pl.Series, account: Account) -> pl.Series:
    """Times since 1970 of any unit or written dates, in ns."""
    text = pl.col("t")
    digits = text.str.extract(r"^\s*(\d{9,19})(?:\.\d*)?\s*$", 1)
    part = text.str.extract(r"^\s*\d{9,10}\.(\d{1,9})\d*\s*$", 1)
    length = digits.str.len_bytes()
    epoch = pl.coalesce(
        pl.when(length <= most).then(digits.cast(pl.Int64, strict=False) * unit)
        for most, unit in EPOCH_DIGITS
    ) + part.str.pad_end(9, "0").cast(pl.Int64, strict=False).fill_null(0)
    since = values.alias("t").to_frame().select(t=epoch)["t"]
    rest = values.zip_with(since.is_null(), values.clear(values.len()))
    bare = rest.str.contains(r":\d\d(?:\.\d+)?$").fill_null(value=False) & zone.is_not_null()
    dated = rest.zip_with(~bare, rest + " " + zone)
    return (
        since.fill_null(written_times(dated, account)) if rest.null_count() < len(rest) else since
    )


def _proto(value: pl.Expr) -> pl.Expr:
    word = value.str.to_lowercase().str.extract(r"^([a-z0-9-]+)", 1)
    number = transport(word.cast(pl.UInt8, strict=False))
    return pl.coalesce(
        number, word.replace_strict(PROTOCOLS, default=None, return_dtype=pl.String())
    )


def _service(word: pl.Expr) -> pl.Expr:
    plain = word.str.to_lowercase().str.strip_prefix("junos-")
    return plain.replace_strict(SERVICES, default=None, return_dtype=pl.String())


def _answer() -> pl.Expr:
    """One packet from the port of a service to a high one: its sender began no conversation."""
    back = (pl.col("orig_p") < SERVICE_PORTS_BELOW) & (pl.col("resp_p") >= SERVICE_PORTS_BELOW)
    ported = pl.col("proto").is_in(PORTED)
    return (pl.col("packet") & ported & back & ~pl.col("syn").fill_null(value=False)).fill_null(
        value=False
    )


def _state() -> pl.Expr:
    """What the action alone tells: nobody answered what was dropped."""
    tcp = pl.col("proto") == "tcp"
    action = pl.col("action")
    return (
        pl.when(tcp & action.str.contains(REFUSED)).then(pl.lit("REJ"))
        .when(tcp & action.str.contains(DENIED)).then(pl.lit("S0"))
    )  # fmt: skip
