"""Cisco Meraki: `1673277220.25 MX_01 flows allow src=... dst=... protocol=tcp sport=...`."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import first_of, groups, known, quoted_pairs, told

MARK = (
    r"^(?:1 )?\d{9,10}\.\d{1,9} \S+ (?:flows|firewall|vpn_firewall|cellular_firewall|"
    r"bridge_anyconnect_client_vpn_firewall|urls|events|ids-alerts|security_event|airmarshal_events|"
    r"ip_flow_start|ip_flow_end)\b"
)

HEAD = r"^(?:1 )?(?<written>\d{9,10}\.\d{1,9}) (?<sensor>\S+) (?<kind>[\w-]+) ?(?<text>.*)$"

A = r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9A-Fa-f]*:[0-9A-Fa-f:.]*[0-9A-Fa-f:]\]?)"
V4_PORT = r"^(\d{1,3}(?:\.\d{1,3}){3}):(\d+)$"
V6_PORT = r"^\[?((?:[0-9A-Fa-f]{0,4}:){7}[0-9A-Fa-f]{1,4})\]?:(\d+)$"

COLUMNS = {
    "source": "src", "target": "dst", "orig_p": "sport", "resp_p": "dport",
    "proto": "protocol", "mac": ("mac", "client_mac"), "signature_id": "signature",
    "severity": "priority", "direction": "direction", "event": "type", "server": "server",
    "message": ("message", "msg"), "decision": "decision", "url": "url", "dhost": "dhost",
}  # fmt: skip
PATTERN = r"pattern: (?<decision>\d|allow|deny) (?<rule>.*)$"
WORDS = (
    rf"Server IP=(?<resp_h>{A}) Server port=(?<resp_p>\d+) (?:Prot\[(?<proto>\w+)\] )?"
    rf"Peer IP=(?<orig_h>{A}) Peer port=(?<orig_p>\d+)(?: User=(?<username>[^\s:]+))?",
    rf"Peer IP=(?<orig_h>{A})(?: Peer port=(?<orig_p>\d+))?(?: User\[(?<username>[^\]]+)\])?",
    rf"user id '(?<username>[^']+)' local ip (?<resp_h>{A}) connected from (?<orig_h>{A})",
)
REQUEST = r"request: (?<method>\S+) (?<url>\S+)"
DECISIONS = {"0": "allow", "1": "deny"}


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a line."""
    head = groups(lines["message"], HEAD)
    text = head["text"].fill_null("")
    marked = quoted_pairs(text.str.replace_all("= '", "='").str.replace_all("'", '"'))
    rows = told(marked, COLUMNS)
    said, pattern, request = first_of(text, WORDS), groups(text, PATTERN), groups(text, REQUEST)
    server = pl.col("server").str.extract_groups(r"^(.*):(\d+)$")
    event = pl.lit(text.str.extract(r"^([a-z][a-z_]+)\b(?:[^=]|$)", 1))
    return rows.with_columns(
        *head.drop("text").get_columns(),
        *_ends("source", "orig"), *_ends("target", "resp"),
        orig_l2_addr="mac",
    ).with_columns(
        orig_h=pl.coalesce("orig_h", pl.lit(said["orig_h"])),
        resp_h=pl.coalesce("resp_h", pl.lit(said["resp_h"]), server.struct.field("1")),
        orig_p=pl.coalesce(
            "orig_p", pl.lit(said["orig_p"]), pl.col("event").str.extract(r"^(\d+)$", 1)
        ),
        resp_p=pl.coalesce("resp_p", pl.lit(said["resp_p"]), server.struct.field("2")),
        proto=pl.coalesce("proto", pl.lit(said["proto"])),
        username=pl.lit(said["username"]),
        action=pl.coalesce(
            pl.lit(pattern["decision"].replace(DECISIONS)), "decision",
            pl.lit(text.str.extract(r"^(allow|deny)\b", 1)),
            pl.when(pl.col("kind") == "events").then(pl.coalesce("event", event)),
        ),
        rule=known(pl.lit(pattern["rule"])),
        domain=pl.coalesce("url", pl.lit(request["url"])).str.extract(r"://([^/:]+)", 1),
        category="kind",
        signature=pl.when(pl.col("signature_id").is_not_null()).then(
            pl.coalesce("message", "signature_id")
        ),
        flow=pl.col("kind").is_in(["events", "airmarshal_events"]).not_(),
        vendor=pl.lit("cisco"),
        product=pl.lit("meraki"),
    )  # fmt: skip


def _ends(word: str, side: str) -> list[pl.Expr]:
    text = pl.col(word)
    bare = pl.when(~text.str.contains(V4_PORT) & ~text.str.contains(V6_PORT)).then(text)
    address = pl.coalesce(text.str.extract(V4_PORT, 1), text.str.extract(V6_PORT, 1), bare)
    number = pl.coalesce(f"{side}_p", text.str.extract(V4_PORT, 2), text.str.extract(V6_PORT, 2))
    return [address.alias(f"{side}_h"), number.alias(f"{side}_p")]
