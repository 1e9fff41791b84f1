"""Cisco's ASA, PIX, FWSM and Firepower Threat Defense: numbered messages (`%ASA-6-302013: ...`).

Sentences are read by what they say of ends and users; those of connections by their number. Of a
connection that is built outbound the message names the far end first.
"""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import colon_pairs, first_of, groups, told

MARK = (
    r"%(?:ASA|FTD|PIX|FWSM|NGIPS|SFIMS)-(?:\w+-)?\d-\d{6}|"
    r"^\s*(?:TunnelGroup <[^>]*> )?Group(?:Policy)? <[^>]*> User <[^>]*> IP|"
    r"^\s*Group = [^,]+, Username = [^,]+, IP = |^\s*TunnelGroup <|^\s*Tunnel group search using"
)

HEAD = r"%(?<product>[A-Z]+)-(?:\w+-)?(?<severity>\d)-(?<event_code>\d{6}):?\s*(?<text>(?s:.*))$"

A = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*[0-9A-Fa-f:])"
_WHOSE = r"(?:\s*\((?<{0}>[^)\d][^)]*)\))?"
_MAPPED = rf"(?:\s*\({A}/\d+\))?"


def _end(side: str, port: str = r"[/(](?<{0}_p>\d+)\)?") -> str:
    """One end, its interface before it."""
    return rf"(?:[^\s:/]+[:/])?(?<{side}_h>{A})(?:{port.format(side)})?"


CONNECTION = (
    r"(?:Built|Teardown)(?: (?<direction>inbound|outbound))?(?: stub)? (?<proto>\w+)"
    r"(?: connection)?"
    rf" (?:(?<conn>\d+) )?for {_end('orig')}{_MAPPED}{_WHOSE.format('username')}"
    rf"\s*to {_end('resp')}{_MAPPED}{_WHOSE.format('to_user')}"
    r"(?: duration (?<duration_s>\d+:\d\d:\d\d) bytes (?<total_bytes>\d+) ?(?<message>[^(]*))?"
)
ICMP = (
    rf"(?:Built|Teardown)(?: (?<direction>inbound|outbound))? (?<proto>ICMP)(?:v6)? connection"
    rf"(?: (?<conn>\d+))? for faddr (?<orig_h>{A})/(?<orig_p>\d+){_WHOSE.format('username')}"
    rf" gaddr (?<mapped_h>{A})/(?<resp_p>\d+) laddr (?<resp_h>{A})/\d+"
)
ENDS = (
    CONNECTION,
    ICMP,
    rf"Built (?:dynamic|static) (?<proto>\w+) translation from {_end('orig')} to {_end('resp')}",
    rf"(?<proto>\w+) src {_end('orig')}{_WHOSE.format('username')} dst {_end('resp')}",
    rf"(?<rule>\S+) (?:permitted|denied|est-allowed) (?<proto>\w+) {_end('orig')}"
    rf"{_WHOSE.format('username')}? ?-> {_end('resp')}",
    rf"(?i)\b(?<proto>tcp|udp|icmp|sctp|esp|gre)\b.*? from \(?{_end('orig')}\)? to {_end('resp')}",
    rf"\bfrom \(?{_end('orig')}\)? to {_end('resp')}",
    rf"for (?<proto>\w+) flow {_end('orig')} to {_end('resp')}",
    rf"Local:(?<orig_h>{A}):(?<orig_p>\d+) Remote:(?<resp_h>{A}|\S+?):(?<resp_p>\d+)"
    r" Username:(?<username>\S+)",
    rf"(?<proto>ICMP) type=\d+, code=\d+ from {_end('orig')}",
    rf"server\s*=\s*(?<resp_h>{A}) : user\s*=\s*(?<username>\S+)"
    rf"(?: : user IP\s*=\s*(?<orig_h>{A}))?",
    rf"(?:IP <|IP = |[Uu]ser IP = |IP address: |[Cc]lient [^\s:]+:|\bfrom (?:IP )?|"
    rf"local-host [^\s:]+:|, IP |pool address )(?<orig_h>{A})(?:/(?<orig_p>\d+))?",
)
"""Sentences that name ends, the special before the general."""

RULE = r'(?:access-group "(?<group>[^"]*)"|access-list (?<list>\S+)|GroupPolicy <(?<policy>[^>]+)>)'
USER = (
    r"(?:User <(?<angled>[^>]+)>|Username = (?<equal>[^,]+),|[Uu]ser '(?<quoted>[^']+)'|"
    r"Uname: (?<uname>\S+)|client user (?<client>[^\s,]+)|\buser = (?<plain>[^\s:]+)|"
    r'for user "(?<login>[^"]+)"|CN=(?<common>[^,]+))'
)
FLAGS = r"\bflags (?<flags>[A-Z ]*[A-Z]) +on "
BYTES = r"Bytes xmt: (?<resp_bytes>\d+), Bytes rcv: (?<orig_bytes>\d+)"
WHOLE_TIME = r"^(\w{3} +\d{1,2} \d{4} \d{2}:\d{2}:\d{2})"
ACTIONS = (
    r"(?i)^(?:access-list \S+ )?(?:Inbound TCP connection |(?:TCP|UDP) (?:access|request) )?"
    r"(?<action>built|teardown|den(?:y|ied)|permitted|est-allowed|discarded|dropped)\b"
)
PHRASE = (
    r"^(?:(?:TunnelGroup <[^>]*> )?Group(?:Policy)? <[^>]*> User <[^>]*> IP <[^>]*> "
    r"(?:(?:(?:First|New|Stale) )?(?:(?:TCP|UDP) )?SVC )?|\w+: |User )?"
    r"\[?(?<phrase>[A-Za-z][\w -]*?)(?:[].:;,(]| for | with | without | from | <|\s[\da-f]+[.:]|$)"
)
"""What a message that tells of no decision begins with: what happened."""

FIREPOWER = {
    "start": "FirstPacketSecond", "end": "LastPacketSecond", "orig_h": "SrcIP", "resp_h": "DstIP",
    "orig_p": "SrcPort", "resp_p": "DstPort", "proto": "Protocol",
    "service": "ApplicationProtocol", "duration_s": "ConnectionDuration",
    "orig_bytes": "InitiatorBytes", "resp_bytes": "ResponderBytes",
    "orig_packets": "InitiatorPackets", "resp_packets": "ResponderPackets",
    "conn": "ConnectionID", "username": "User",
    "action": ("AccessControlRuleAction", "InlineResult", "FileAction"),
    "rule": "AccessControlRuleName", "policy": "ACPolicy", "domain": ("ReferencedHost", "DNSQuery"),
    "url": "URL", "threat": ("Message", "ThreatName"), "signature_id": "SID", "number": "GID",
    "category": "Classification", "priority": ("Priority", "EventPriority"),
}  # fmt: skip
INTRUSION, MALWARE = "430001", ("430004", "430005")


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a line."""
    head = groups(lines["message"], HEAD)
    text = head["text"].fill_null(lines["message"])
    firepower = text.str.contains(r"(?:^|, )(?:SrcIP|AccessControlRuleAction): ")
    classic = text.zip_with(~firepower, pl.Series([""]))
    rows = pl.concat(
        [
            first_of(classic, ENDS), head.drop("text"),
            groups(classic, RULE), groups(classic, ACTIONS), groups(classic, BYTES),
            groups(classic, PHRASE), groups(classic, FLAGS),
            first_of(classic, (USER,)),
        ],
        how="horizontal",
    )  # fmt: skip
    other = told(colon_pairs(text.zip_with(firepower, pl.Series([""])), ","), FIREPOWER)
    rows = _classic(rows, firepower).with_columns(lines["line"])
    second = _firepower(other.with_columns(head["event_code", "severity", "product"]))
    shared = [name for name in second.columns if name in rows.columns]
    return rows.with_columns(
        pl.col(name).fill_null(second[name]) for name in shared
    ).with_columns(
        *(second[name] for name in second.columns if name not in shared),
        vendor=pl.lit("cisco"),
        product=pl.col("product").str.to_lowercase().fill_null("asa"),
        message=pl.col("message").fill_null(classic.replace("", None)),
    )  # fmt: skip


def _classic(rows: pl.DataFrame, firepower: pl.Series) -> pl.DataFrame:
    """Rows of the messages in sentences."""
    # Of an outbound connection the far end is named first; where a line does not tell the
    # direction, the end with the port of a service is the one that answered.
    known_port = pl.col("orig_p").cast(pl.Int32, strict=False) < 1024
    high_port = pl.col("resp_p").cast(pl.Int32, strict=False) >= 1024
    ported = pl.col("proto").str.to_lowercase().is_in(["tcp", "udp"])
    turned = (pl.col("direction") == "outbound") | (
        pl.col("direction").is_null() & pl.col("duration_s").is_not_null() & ported
        & known_port & high_port
    )  # fmt: skip
    turned = turned.fill_null(value=False)
    pairs = (("orig_h", "resp_h"), ("orig_p", "resp_p"), ("username", "to_user"))
    users = [pl.col(n) for n in ("angled", "equal", "quoted", "uname", "client", "plain", "login",
                                 "common")]  # fmt: skip
    return rows.with_columns(
        *(pl.when(turned).then(b).otherwise(a).alias(a) for a, b in pairs),
        *(pl.when(turned).then(a).otherwise(b).alias(b) for a, b in pairs),
    ).with_columns(
        rule=pl.coalesce("group", "list", "rule", "policy"),
        username=pl.coalesce(
            "username", *users
        ),
        payload=pl.lit(~firepower),
        packet=pl.col("action").str.contains(r"(?i)^den|^dis|^drop"),
        syn=pl.col("flags") == "SYN",
        action=pl.coalesce("action", "phrase").str.to_lowercase(),
        flow=pl.when(~pl.lit(firepower)).then(pl.col("proto").is_not_null()),
    )  # fmt: skip


def _firepower(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of the messages of `Name: value` that Firepower adds."""
    code = pl.col("event_code")
    detected = (code == INTRUSION) | code.is_in(MALWARE)
    return rows.select(
        "start", "end", "orig_h", "resp_h", "orig_p", "resp_p", "proto", "service", "duration_s",
        "orig_bytes", "resp_bytes", "orig_packets", "resp_packets", "conn", "username", "action",
        "category", "signature_id",
        written="start",
        domain=pl.coalesce("domain", pl.col("url").str.extract(r"://([^/:]+)", 1)),
        rule=pl.coalesce("rule", "policy"),
        signature=pl.when(detected).then("threat"),
        severity=pl.when(detected).then("priority"),
    )  # fmt: skip
