"""Cisco's IOS, IOS XE, IOS XR and NX-OS: `%FACILITY-SEVERITY-MNEMONIC: sentence`."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import first_of, groups

MARK = r"%[A-Z][A-Z0-9_]*(?:-[A-Z0-9_]+)*-[0-7]-[A-Z][A-Z0-9_]*\s?:"

HEAD = (
    r"^(?:.*?(?<sensor>\S+): )??.*?%(?<facility>[A-Z][A-Z0-9_]*(?:-[A-Z0-9_]+)*)-(?<severity>[0-7])"
    r"-(?<mnemonic>[A-Z][A-Z0-9_]*)\s?:\s*(?<text>(?s:.*))$"
)

A = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*[0-9A-Fa-f:])"
ENDS = (
    rf"list (?<rule>\S+) (?<action>permitted|denied) (?<proto>\w+) (?<orig_h>{A})"
    rf"(?:\((?<orig_p>\d+)\))?(?: \([^)]*\))? -> (?<resp_h>{A})(?:\((?<resp_p>\d+)\)|"
    r" \((?<icmp>\d+)/(?<code>\d+)\))?, (?<orig_packets>\d+) packets?",
    rf"list (?<rule>\S+) (?<action>permitted|denied) (?<orig_h>{A}) (?<orig_packets>\d+) packets?",
    rf"\[Source: (?<orig_h>{A})\] \[localport: (?<resp_p>\d+)\]",
    rf"Logging to host (?<resp_h>{A}) port (?<resp_p>\d+)",
    rf"(?:from|hw address) (?<orig_h>{A})(?::(?<orig_p>\d+))?(?: to (?<resp_h>{A}))?",
    rf"\(tty = \d+\).*from (?<orig_h>{A})|\((?<vty>{A})\)|\bSession (?:request )?from (?<peer>{A})|"
    rf"(?:host|entry:|duplicate of local,|on|neighbor) (?<named>{A})",
)
"""What sentences say of addresses, the special before the general."""

USERS = (
    r"\[user: (?<user>[^\]\s]+)\s*\]",
    r"\bby (?<user>[\w.@\\-]+) on \S*vty|\bas (?<as>[\w.@\\-]+) on \S*vty",
    r"(?:[Uu]ser '|[Uu]sername: |\bUser:)(?<user>[^'\s]+)",
    r"(?:failed|reset|set to \d+|onfigured from \S+) by (?<user>[\w.@\\-]+)",
    r"\b(?:illegal user|[Uu]ser) (?<user>[\w.@\\-]+)",
)
"""How sentences name a user; who acted before who is acted upon."""
ACTIONS = r"\b(?:changed state to|is) (?<state>up|down)\b"


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a line."""
    head = groups(lines["message"], HEAD)
    text = head["text"]
    ends, user = first_of(text, ENDS), first_of(text, USERS)
    state = groups(text, ACTIONS)["state"]
    rows = pl.concat([ends, user, head], how="horizontal").with_columns(lines["line"])
    return rows.select(
        "line", "rule", "proto", "orig_packets", "sensor", "severity",
        orig_h=pl.coalesce("orig_h", "vty", "peer", "named"),
        resp_h="resp_h",
        orig_p=pl.coalesce("orig_p", "icmp"),
        resp_p=pl.coalesce("resp_p", "code"),
        action=pl.coalesce("action", pl.lit(state)),
        username=pl.coalesce(user.columns),
        event_code="mnemonic",
        category="facility",
        message="text",
        flow=pl.col("proto").is_not_null(),
        packet=pl.col("proto").is_not_null(),
        vendor=pl.lit("cisco"),
        product=pl.lit("ios"),
    )  # fmt: skip
