"""Rows of device logs, text as written, into flows and events of ours."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.binetflow import PROTOCOLS
from lynceus.ingest.columns import addresses, port
from lynceus.ingest.export_records import transport
from lynceus.ingest.quantities import duration_s, size_bytes
from lynceus.ingest.syslog import written_times
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Account, conform

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
        & pl.col("orig_h").is_not_null() & pl.col("resp_h").is_not_null(),
        key=pl.int_range(pl.len()).cast(pl.String),
    )  # fmt: skip


def flows_of(rows: pl.DataFrame, account: Account) -> pl.DataFrame:
    """The flows of rows of traffic; lines of one connection are one flow."""
    traffic = rows.filter("flow").with_columns(
        source_uid=pl.when(pl.col("conn") != "0").then("conn"),
        conn_state=_state(),
    )
    same = ("vendor", "sensor", "source_uid", *ENDS)
    known = traffic.filter(pl.col("source_uid").is_not_null())
    others = traffic.filter(pl.col("source_uid").is_null())
    joined = known.group_by(same, maintain_order=True).agg(
        pl.col("ts_ns").min(),
        pl.col("end_ns").max(),
        pl.col("duration_s", *SIZES).max(),
        pl.col("service", "conn_state", "orig_l2_addr", "resp_l2_addr").drop_nulls().first(),
        pl.col("input_digest").first(),
    )
    account.note("lines_of_one_connection_joined", known.height - joined.height)
    return conform(pl.concat([joined, others.select(joined.columns)]), FLOW_SCHEMA)


def events(rows: pl.DataFrame, flows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The tables of events of all rows, with the uid of their flow."""
    identity = flows.select(
        "uid", *ENDS, "ts_ns", "source_uid", end="end_ns"
    ).unique([*ENDS, "source_uid", "ts_ns"], keep="first")  # fmt: skip
    traffic = rows.with_columns(
        source_uid=pl.when("flow").then(pl.when(pl.col("conn") != "0").then("conn"))
    )
    by_conn = identity.filter(pl.col("source_uid").is_not_null()).select(
        *ENDS, "source_uid", conn_uid="uid"
    ).unique([*ENDS, "source_uid"], keep="first")  # fmt: skip
    by_time = identity.select(*ENDS, "ts_ns", "uid").unique([*ENDS, "ts_ns"], keep="first")
    found = traffic.join(
        by_conn, on=[*ENDS, "source_uid"], how="left", nulls_equal=True, maintain_order="left"
    ).join(by_time, on=[*ENDS, "ts_ns"], how="left", nulls_equal=True, maintain_order="left")
    told = found.with_columns(
        uid=pl.when("flow").then(
            pl.when(pl.col("source_uid").is_not_null()).then("conn_uid").otherwise("uid")
        ),
        ts_ns="at_ns",
    )  # fmt: skip
    alert = told.filter(pl.col("signature").is_not_null())
    return {
        "device_log": conform(told, EVENT_SCHEMAS["device_log"]),
        "alert": conform(alert, EVENT_SCHEMAS["alert"]),
    }


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


def _state() -> pl.Expr:
    """What the action alone tells: nobody answered what was dropped."""
    tcp = pl.col("proto") == "tcp"
    action = pl.col("action")
    return (
        pl.when(tcp & action.str.contains(REFUSED)).then(pl.lit("REJ"))
        .when(tcp & action.str.contains(DENIED)).then(pl.lit("S0"))
    )  # fmt: skip
