"""Suricata's records of one packet each as one row a connection: RDP, SNMP, MQTT."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.suricata_dns import swapped
from lynceus.ingest.suricata_shapes import ENDS, MQTT_ANSWERS, MQTT_VERSIONS

HOUR_NS = 3_600_000_000_000

SIDES = ("source_uid", "orig_h", "orig_p", "resp_h", "resp_p", "proto", "app_proto")

TOPICS = 64
OIDS = 32


def rdp(records: pl.DataFrame) -> pl.DataFrame:
    """Remote Desktop connections: request, answer and settings as one row."""
    part = pl.col("rdp").struct
    client = part.field("client").struct
    protection = (
        part.field("protocol")
        .str.to_uppercase()
        .replace({"RDS_TLS": "RDSTLS", "RDS_AAD": "RDSAAD"})
    )
    reason = part.field("reason").str.to_uppercase().str.replace_all(r"[^A-Z0-9]+", "_")
    layout = client.field("keyboard_layout")
    kind = part.field("event_type")
    asked = kind == "initial_request"
    admin = (
        part.field("flags").list.join(" ").str.contains("restricted_admin").fill_null(value=False)
    )
    told = records.select(
        *ENDS,
        kind.alias("kind"),
        part.field("cookie"),
        protection.alias("security_protocol"),
        reason.alias("reason"),
        pl.when(asked).then(admin).alias("restricted_admin"),
        part.field("channels").alias("client_channels"),
        pl.when(layout.str.contains(r"^[0-9a-fA-F]{8}$")).then(layout).alias("keyboard_layout"),
        client.field("build").alias("client_build"),
        client.field("client_name"),
        client.field("id").alias("client_dig_product_id"),
        *(
            client.field(name).cast(pl.UInt16, strict=False)
            for name in ("desktop_width", "desktop_height")
        ),
    )
    named = [name for name in told.columns if name not in (*ENDS, "kind")]
    rows = (
        told.sort("ts_ns", maintain_order=True)
        .group_by(SIDES, maintain_order=True)
        .agg(
            pl.col("ts_ns").min(),
            (pl.col("kind") == "tls_handshake").any().alias("tls"),
            *(pl.col(name).drop_nulls().first() for name in named),
        )
    )
    chosen = pl.col("security_protocol")
    result = (
        pl.when(pl.col("tls") | (chosen != "RDP"))
        .then(pl.lit("encrypted"))
        .when(chosen == "RDP")
        .then(pl.lit("Success"))
        .otherwise("reason")
    )
    return rows.with_columns(result.alias("result")).drop("tls", "reason")


def snmp(records: pl.DataFrame) -> pl.DataFrame:
    """SNMP by flow, version and hour."""
    part = pl.col("snmp").struct
    kind = part.field("pdu_type")
    told = records.select(
        *ENDS,
        ((pl.col("orig_p") == 161) & (pl.col("resp_p") != 161))
        .fill_null(value=False)
        .alias("turned"),
        part.field("version").replace({"2": "2c"}).alias("version"),
        kind.alias("kind"),
        part.field("community").alias("named"),
        part.field("usm").alias("username"),
        part.field("vars").alias("vars"),
        part.field("error").str.replace(r"^([A-Z])", "").alias("rest"),
        part.field("error").str.slice(0, 1).str.to_lowercase().alias("first"),
    ).pipe(swapped)
    told = told.with_columns(
        pl.concat_str("first", "rest").alias("error"),
        pl.when(pl.col("named").is_in(["public", "private"]))
        .then("named")
        .when(pl.col("named").is_not_null())
        .then(pl.lit("other"))
        .alias("community"),
    )

    def count(*kinds: str) -> pl.Expr:
        return pl.col("kind").is_in(kinds).sum().cast(pl.UInt32)

    asked = pl.col("kind").is_in(["get_request", "get_next_request", "get_bulk_request"])
    wrote = pl.col("kind") == "set_request"
    v3 = pl.col("version").first() == "3"
    return _by_hour(told, "version").agg(
        pl.col("ts_ns").min(),
        pl.col("community").drop_nulls().first(),
        pl.when(~v3).then(pl.col("named").drop_nulls().n_unique().clip(0, 256).cast(pl.UInt32))
        .alias("communities"),
        pl.col("username").drop_nulls().first(),
        count("get_request", "get_next_request").alias("get_requests"),
        count("get_bulk_request").alias("get_bulk_requests"),
        count("response").alias("get_responses"),
        count("set_request").alias("set_requests"),
        count("trap_v1", "trap_v2", "inform_request").alias("traps"),
        count("report").alias("reports"),
        count("encrypted").alias("encrypted"),
        _each("vars", asked, OIDS).alias("oids"),
        _each("vars", wrote, OIDS).alias("set_oids"),
        pl.col("error").drop_nulls().unique(maintain_order=True).alias("errors"),
    ).drop("hour")  # fmt: skip


def mqtt(records: pl.DataFrame) -> pl.DataFrame:
    """MQTT by connection and hour. Passwords are left out, that there was one is told."""
    part = pl.col("mqtt").struct
    connect = part.field("connect").struct
    topics = part.field("subscribe").struct.field("topics")
    flagged = connect.field("flags").struct.field("password") == "true"
    said = flagged.fill_null(value=False) | connect.field("password").is_not_null()
    connects = connect.field("protocol_version").is_not_null()
    place = pl.concat_str("orig_h", pl.col("orig_p").fill_null(0), separator=" ")
    asks = connects | topics.is_not_null()
    asker = pl.when(asks).then(place).drop_nulls().first().over("source_uid")
    asker = pl.when(pl.col("source_uid").is_not_null()).then(asker)
    by_port = pl.col("orig_p").is_in([1883, 8883]) & ~pl.col("resp_p").is_in([1883, 8883])
    turned = pl.when(asker.is_not_null()).then(asker != place).otherwise(by_port)
    told = records.select(
        *ENDS,
        turned.fill_null(value=False).alias("turned"),
        connect.field("protocol_version").replace(MQTT_VERSIONS).alias("proto_version"),
        pl.when(connect.field("client_id") != "").then(connect.field("client_id"))
        .alias("client_id"),
        connect.field("username"),
        pl.when(connects).then(said).alias("password_seen"),
        connect.field("will").struct.field("topic").alias("will_topic"),
        part.field("connack").struct.field("return_code").replace(MQTT_ANSWERS)
        .alias("connect_status"),
        topics.list.eval(pl.element().struct.field("topic")).alias("subscribed"),
        part.field("publish").struct.field("topic").alias("topic"),
    ).pipe(swapped)  # fmt: skip
    first = ("proto_version", "client_id", "username", "password_seen", "will_topic",
        "connect_status")  # fmt: skip
    published = pl.col("topic").is_not_null()

    def names(rows: pl.Expr) -> pl.Expr:
        return pl.col("topic").filter(rows).unique(maintain_order=True).head(TOPICS)

    return _by_hour(told).agg(
        pl.col("ts_ns").min(),
        *(pl.col(name).drop_nulls().first() for name in first),
        _each("subscribed", pl.lit(value=True), TOPICS).alias("subscribe_topics"),
        names(published & ~pl.col("turned")).alias("publish_topics"),
        names(published & pl.col("turned")).alias("received_topics"),
        (published & ~pl.col("turned")).sum().cast(pl.UInt64).alias("published"),
        (published & pl.col("turned")).sum().cast(pl.UInt64).alias("received"),
    ).drop("hour")  # fmt: skip


def _by_hour(told: pl.DataFrame, *also: str) -> pl.dataframe.group_by.GroupBy:
    """Rows of one connection, anew for each hour from its first."""
    told = told.sort("ts_ns", maintain_order=True)
    began = pl.col("ts_ns").min().over(*SIDES)
    told = told.with_columns(hour=(pl.col("ts_ns") - began) // HOUR_NS)
    return told.group_by(*SIDES, "hour", *also, maintain_order=True)


def _each(column: str, rows: pl.Expr, most: int) -> pl.Expr:
    """The values of lists, each once, at most so many."""
    values = pl.col(column).filter(rows & pl.col(column).is_not_null())
    return (
        values.list.explode(empty_as_null=False).drop_nulls().unique(maintain_order=True).head(most)
    )
