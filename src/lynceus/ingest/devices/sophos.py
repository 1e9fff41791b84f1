"""Sophos' firewalls (`log_type="Firewall" ... src_ip=`) and its older UTM (`sys="SecureNet"`)."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import quoted_pairs, told

MARK = r'\blog_type="[^"]*" log_component="|\bid="\d{4}" severity="\w+" sys="|\bid="\d{4}" srcip="'

COLUMNS = {
    "stamp": "timestamp", "date": "date", "time": "time", "zone": "timezone",
    "start": "start", "end": "end",
    "orig_h": ("src_ip", "srcip", "sourceip"), "resp_h": ("dst_ip", "dstip", "localip"),
    "orig_p": ("src_port", "srcport"), "resp_p": ("dst_port", "dstport", "port"),
    "proto": ("protocol", "proto"), "service": ("application", "app_name"),
    "duration_s": "duration", "orig_bytes": ("sent_bytes", "bytes_sent"),
    "resp_bytes": ("recv_bytes", "bytes_received"), "length": "length",
    "orig_packets": ("sent_pkts", "packets_sent"),
    "resp_packets": ("recv_pkts", "packets_received"),
    "orig_l2_addr": ("src_mac", "srcmac"), "resp_l2_addr": ("dst_mac", "dstmac"),
    "conn": ("con_id", "connid"), "sensor": ("device_name", "device", "device_serial_id"),
    "hostname": ("host", "src_host"), "username": ("user_name", "user", "username"),
    "domain": ("domain", "server", "url"), "code": ("log_id", "id"),
    "type": ("log_type", "sys"), "subtype": ("log_subtype", "sub"),
    "status": "status", "decision": "action",
    "rule": ("fw_rule_name", "rule_name", "fw_rule_id", "rule_id", "fwrule"),
    "severity": ("severity", "priority"), "message": ("message", "reason", "name"),
    "threat": ("threatname", "threat_name", "virus", "signature_msg", "malware"),
    "signature_id": ("signature_id", "sid"), "category": "classification",
}  # fmt: skip

UNSPECIFIED = "00:00:00:00:00:00"


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a line."""
    rows = told(quoted_pairs(lines["message"]), COLUMNS)
    packet = pl.col("type") == "SecureNet"
    return rows.with_columns(
        written=pl.coalesce("stamp", pl.concat_str("date", "time", separator=" ")),
        tz="zone",
        orig_bytes=pl.when(packet).then("length").otherwise("orig_bytes"),
        packet=packet,
        orig_packets=pl.when(packet).then(pl.lit("1")).otherwise("orig_packets"),
        resp_l2_addr=pl.col("resp_l2_addr").replace(UNSPECIFIED, None),
        orig_l2_addr=pl.col("orig_l2_addr").replace(UNSPECIFIED, None),
        action=pl.coalesce("decision", "status", "subtype").str.to_lowercase(),
        event_code="code",
        category=pl.concat_str("type", "subtype", separator=":", ignore_nulls=True),
        signature="threat",
        flow=pl.col("proto").is_not_null() | pl.col("resp_p").is_not_null(),
        vendor=pl.lit("sophos"),
        product=pl.when(pl.col("type").is_in(["SecureNet", "System"]))
        .then(pl.lit("utm")).otherwise(pl.lit("firewall")),
    )  # fmt: skip
