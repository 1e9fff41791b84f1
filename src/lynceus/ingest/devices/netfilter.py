"""Netfilter's LOG target (iptables, nftables, UFW, UniFi, Proxmox): `IN=eth0 OUT= SRC=...`."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import groups, known

MARK = r"\bIN=\S*\s.*\bSRC=[0-9A-Fa-f.:]+ DST=[0-9A-Fa-f.:]+ .*\bPROTO="

LINE = (
    r"^(?<prefix>.*?)\s?(?:IN|XX)=(?<in>\S*)\s.*?(?:MAC=(?<mac>\S*) )?SRC=(?<orig_h>\S+) "
    r"DST=(?<resp_h>\S+) (?:LEN=(?<orig_bytes>\d+) )?.*?\bPROTO=(?<proto>\S+)(?<rest>.*)$"
)
PORTS = r"SPT=(?<orig_p>\d+) DPT=(?<resp_p>\d+)"
ICMP = r"TYPE=(?<type>\d+)(?: CODE=(?<code>\d+))?"
PROXMOX_TIME = r"(\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4})"
ACTION = (
    r"(?i)\b(ACCEPT(?:ED)?|ALLOW(?:ED)?|PASS|DROP(?:PED)?|REJECT(?:ED)?|DENY|DENIED|BLOCK(?:ED)?|"
    r"AUDIT|LIMIT)\b"
)
UNIFI = r"\[[\w.]+-(A|D|R)-?(?:\d+)?\]"
UNIFI_ACTIONS = {"A": "accept", "D": "drop", "R": "reject"}


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a line; the action is what the prefix of the rule says."""
    message = lines["message"]
    parts = groups(message, LINE)
    ports, icmp = groups(parts["rest"], PORTS), groups(parts["rest"], ICMP)
    prefix = pl.col("prefix").str.replace(r"^(?:kernel: )?\[ *\d+\.\d+\]\s*", "")
    words = prefix.str.extract_all(ACTION).list.last()
    unifi = prefix.str.extract(UNIFI, 1).replace_strict(
        UNIFI_ACTIONS, default=None, return_dtype=pl.String
    )
    mac = pl.col("mac")
    return parts.with_columns(
        written=pl.lit(message.str.extract(PROXMOX_TIME, 1)),
        orig_p=ports["orig_p"].fill_null(icmp["type"]),
        resp_p=ports["resp_p"].fill_null(icmp["code"]),
        # The frame's destination stands before its source.
        orig_l2_addr=mac.str.extract(r"^[0-9a-f:]{17}:([0-9a-f:]{17})", 1),
        resp_l2_addr=mac.str.extract(r"^([0-9a-f:]{17})", 1),
        orig_packets=pl.lit("1"),
        packet=pl.lit(value=True),
        syn=pl.col("rest").str.contains(r"\bSYN\b") & ~pl.col("rest").str.contains(r"\bACK\b"),
        action=pl.coalesce(unifi, words).str.to_lowercase(),
        rule=known(prefix.str.strip_chars(" :[]")),
        vendor=pl.lit("linux"),
        product=pl.lit("netfilter"),
    )
