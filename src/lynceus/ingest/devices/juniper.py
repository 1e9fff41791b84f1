"""Juniper's SRX and Junos: structured data (RFC 5424) or sentences, traffic and what screens and
intrusion prevention saw; administrators' sessions."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import first_of, groups, quoted_pairs, told

MARK = (
    r"\bRT_(?:FLOW|IDS|IDP|SCREEN|UTM|AAMW|SECINTEL)\w*\b|\bIDP_ATTACK_LOG_EVENT\b|"
    r"\bAPPTRACK_SESSION_|"
    r"\b(?:UI|LOGIN|SSHD|AV|WEBFILTER|AAMW|SECINTEL|L2ALD|SNMP|RPD|KMD)_[A-Z_]+:? |"
    r"^(?:rshd|xntpd|l2ald|mgd)(?:\[\d+\])?: "
)

COLUMNS = {
    "orig_h": "source-address", "orig_p": "source-port", "resp_h": "destination-address",
    "resp_p": "destination-port", "proto": ("protocol-id", "protocol-name"),
    "service": ("application", "service-name"), "duration_s": "elapsed-time",
    "orig_bytes": "bytes-from-client", "resp_bytes": "bytes-from-server",
    "orig_packets": "packets-from-client", "resp_packets": "packets-from-server",
    "conn": ("session-id-32", "session-id"), "username": ("username", "user"),
    "rule": ("policy-name", "rule-name"), "domain": ("url-domain", "hostname", "obj"),
    "action": "action", "message": "reason", "attack": ("attack-name", "threat-name", "name"),
    "severity": ("threat-severity", "severity", "verdict-number"), "category": "category",
}  # fmt: skip

A = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*[0-9A-Fa-f:])"
_FLOW = rf"(?<orig_h>{A})/(?<orig_p>\d+)->(?<resp_h>{A})/(?<resp_p>\d+)"
_NAT = (
    rf"(?: 0x[0-9a-f]+)? (?<service>\S+) {A}/\d+->{A}/\d+(?: 0x[0-9a-f]+)?(?: \S+ \S+){{2}}"
    r"(?: rule)?(?: \S+)?"
)
SENTENCES = (
    # closed: ... source and destination NAT rules, protocol, policy, zones, session, counts
    rf"session closed (?<message>[^:]*): {_FLOW} (?:0x\w+ )?(?<service>\S+) {A}/\d+->{A}/\d+ .*?"
    r" (?<proto>\d{1,3}) (?<rule>\S+) \S+ \S+ (?<conn>\d+)"
    r" (?<orig_packets>\d+)\((?<orig_bytes>\d+)\)"
    r" (?<resp_packets>\d+)\((?<resp_bytes>\d+)\) (?<duration_s>\d+)",
    rf"session (?<message>created) {_FLOW} (?:0x\w+ )?(?<service>\S+) {A}/\d+->{A}/\d+ .*?"
    r" (?<proto>\d{1,3}) (?<rule>\S+) \S+ \S+ (?<conn>\d+)",
    rf"session denied(?: \w+)? {_FLOW} (?:0x\w+ )?(?<service>\S+) (?<proto>\d{{1,3}})\(\d+\) "
    r"(?<rule>\S+)",
    rf"source: (?<orig_h>{A}):(?<orig_p>\d+), destination: (?<resp_h>{A}):(?<resp_p>\d+)"
    r".*?(?:action: (?<action>[\w-]+))?",
    rf"(?<attack>[A-Z][\w !-]+)! [Ss]ource: (?<orig_h>{A})(?:, [Dd]estination: (?<resp_h>{A}))?",
    rf"ssh-connection '(?<orig_h>{A}) (?<orig_p>\d+) (?<resp_h>{A}) (?<resp_p>\d+)'",
    rf"(?:from|@) ?(?<orig_h>{A})(?: port (?<orig_p>\d+))?",
)
BRACKET = r'\[((?:\S+ )?[a-z][\w-]*=".*)\]'
TAG = r"\b(?<tag>RT_[A-Z0-9_]+|[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)\b"
USER = r"(?:[Uu]ser '(?<quoted>[^']+)'|for (?:invalid user )?(?<named>\S+) from|(?<at>[\w.-]+)@\d)"
WHAT = r"(?<what>Failed password|Accepted password|Accepted publickey|login|logout)"
SESSION_ACTIONS = {"CREATE": "create", "CLOSE": "close", "DENY": "deny"}


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a line."""
    structured = lines["structured_data"].fill_null("")
    whole = lines["message"] + " " + structured
    # Without the header of RFC 5424 structured data stands in the message.
    bracket = lines["message"].str.extract(BRACKET, 1).fill_null("")
    dashed = told(quoted_pairs(structured + " " + bracket), COLUMNS)
    said = first_of(lines["message"], SENTENCES)
    user = first_of(lines["message"], (USER,))
    tag = groups(lines["msg_id"].fill_null("") + " " + whole, TAG)["tag"]
    what = groups(lines["message"], WHAT)["what"]
    rows = dashed.with_columns(
        pl.col(name).fill_null(said[name]) for name in said.columns if name in dashed.columns
    ).with_columns(lines["line"], tag.alias("tag"))
    session = pl.col("tag").str.extract(r"^(?:RT_FLOW|APPTRACK)_SESSION_([A-Z]+)", 1)
    detected = pl.col("tag").str.contains(
        r"^(?:RT_IDS|RT_SCREEN|RT_IDP|IDP_|AV_VIRUS|AAMW|SECINTEL)"
    )
    return rows.with_columns(
        action=pl.coalesce(
            "action", session.replace(SESSION_ACTIONS), pl.lit(what)
        ),
        username=pl.coalesce(
            "username", *(pl.lit(user[name]) for name in user.columns)
        ),
        event_code="tag",
        signature=pl.when(detected).then(pl.col("attack").str.strip_chars(" !")),
        flow=session.is_not_null() | detected,
        vendor=pl.lit("juniper"),
        product=pl.lit("junos"),
    )  # fmt: skip
