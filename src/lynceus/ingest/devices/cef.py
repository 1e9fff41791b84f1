"""ArcSight's Common Event Format and IBM's Log Event Extended Format, of whatever product.

The names of their dictionaries have one meaning everywhere; the extensions of a product (numbered
fields with labels of their own, prefixes) are read for what their labels and names say.
"""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices.fields import KEY, VALUE, groups, known, spaced_pairs, told

MARK = (
    r"CEF:\s?\d+(?:\.\d+)?\|(?:[^|]*\|){5}|LEEF:\d(?:\.\d)?\|(?:[^|]*\|){4}|"
    r"^\s?[01]\|(?:[^|=]*\|){5}.*\w=|^\s?\d\.\d\|(?:[^|=]*\|){4}.*\w="
)
"""With its name, or as relays leave it without."""

_PART = r"((?:[^|\\]|\\.)*)"
CEF = (
    rf"(?:CEF:\s?|^\s?)\d+(?:\.\d+)?\|\|?(?<vendor>{_PART[1:-1]})\|(?<product>{_PART[1:-1]})"
    rf"\|(?<version>{_PART[1:-1]})\|(?<event_code>{_PART[1:-1]})\|(?<name>{_PART[1:-1]})"
    rf"\|(?<severity>{_PART[1:-1]})(?:\||$)(?<rest>(?s:.*))$"
)
LEEF = (
    r"(?:LEEF:|^\s?)\d(?:\.\d)?\|(?<vendor>[^|]*)\|(?<product>[^|]*)\|(?<version>[^|]*)\|(?<event_code>[^|]*)"
    r"\|(?:(?<delimiter>[^|=\s]{1,5})\|)?(?<rest>(?s:.*))$"
)
PREFIXES = rf"{KEY}(?:FTNTFGT|FortinetFortiGate|ad\.|PanOS)([A-Za-z])"
"""What some products write before names of their own."""

COLUMNS = {
    "epoch": ("eventtime", "rt", "devTime", "end", "start", "TimeGenerated", "time"),
    "start": ("SessionStartTime", "start"),
    "tz": ("tz", "dtz", "devTimeZone"),
    "orig_h": ("src", "srcip", "c6a2", "sourceIp", "PublicIPv4"),
    "orig_p": ("spt", "srcPort", "srcport"),
    "resp_h": ("dst", "dstip", "c6a3", "destinationIp"),
    "resp_p": ("dpt", "dstPort", "dstport"),
    "proto": ("proto",),
    "service": ("app", "service", "service_id", "appName"),
    "duration_s": ("duration",),
    "orig_bytes": ("out", "sentbyte", "srcBytes", "sent_bytes", "totalBytesOut"),
    "resp_bytes": ("in", "rcvdbyte", "dstBytes", "rcvd_bytes", "totalBytesIn"),
    "total_bytes": ("Bytes", "totalBytes"),
    "orig_packets": ("sentpkt", "PacketsSent", "srcPackets"),
    "resp_packets": ("rcvdpkt", "PacketsReceived", "dstPackets"),
    "orig_l2_addr": ("smac", "srcmac", "srcMAC"),
    "resp_l2_addr": ("dmac", "dstmac", "dstMAC"),
    "sensor": ("dvchost", "devname", "sys_name", "host_name", "LogSourceName", "originsicname",
               "identHostName", "dvc"),
    "hostname": ("shost", "EndpointDeviceName", "srcHostName", "dhost"),
    "domain": ("dhost", "dstname", "question", "hostname", "qname", "sni", "destinationDnsDomain"),
    "username": ("suser", "susr", "usrName", "user", "unauthuser", "duser", "SourceUserName",
                 "AuthenticatedUserName"),
    "process": ("sproc", "ui"),
    "action": ("act", "disp", "action", "fw_action", "EventIDValue"),
    "policy": ("policyname", "policyid", "policy", "rule_name", "rule", "ruleName"),
    "category": ("cat", "type"),
    "own_severity": ("severity", "cp_severity", "sev"),
    "attack": ("attack", "virus", "ThreatID", "threatname", "malware_name"),
    "signature_id": ("attackid", "virusid", "protection_id"),
    "score": ("crscore",),
    "message": ("msg", "reason", "logdesc"),
    "out_of_state": ("tcp_packet_out_of_state",),
}  # fmt: skip

LABELS = {
    "rule": ("Rule", "Rule Name", "Policy", "Policy Name", "rule", "policy"),
    "threat": ("Threat", "Threat Name", "Virus", "Signature", "Protection Name", "ThreatID"),
    "packets": ("PacketsTotal",),
}
NUMBERED = (*(f"cs{n}" for n in range(1, 7)), *(f"cn{n}" for n in range(1, 4)), "flexString2")

DETECTIONS = (
    r"(?i)\b(?:ips|utm:virus|virus|malware|spyware|vulnerability|anomaly|intrusion|smartdefense|"
    r"waf|wildfire|threat prevention|anti-?bot)\b"
)
"""Products, names and categories of lines that tell of something detected."""

IN_WORDS = r"(?:^|\()([0-9a-fA-F]+[.:][0-9a-fA-F.:]+)\)?$"
"""The address in the way that an administrator came: `ssh(192.0.2.1)`."""

USER_FROM = r"\b[Uu]ser \[?([^\s\]]+)\]? from ((?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F:]*:[0-9a-fA-F:]+)"
"""Who came from where, in the message of products that have no fields for it."""

VENDORS = {
    "palo alto networks": "paloalto", "check point": "checkpoint", "trend micro": "trendmicro",
}  # fmt: skip


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a line."""
    message = lines["message"]
    cef = groups(message, CEF)
    leef = groups(message, LEEF)
    tabbed = leef["rest"].str.replace_all(
        r"(^|\t|#011|\^)([A-Za-z_][\w.\-]*)=", f"{KEY}${{2}}{VALUE}"
    )
    marked = spaced_pairs(cef["rest"]).fill_null(tabbed + KEY)
    marked = marked.str.replace_all(PREFIXES, f"{KEY}${{1}}")
    rows = told(marked, COLUMNS).with_columns(
        _unescaped(pl.col(name)) for name in ("username", "sensor", "policy", "attack", "message")
    )
    labelled = _labelled(marked)
    head = pl.DataFrame({name: cef[name].fill_null(leef[name])
                         for name in ("vendor", "product", "event_code")})  # fmt: skip
    vendor = head["vendor"].str.to_lowercase().str.strip_chars()
    kind = pl.concat_str(
        pl.lit(cef["name"]), pl.lit(head["product"]), "category", pl.lit(head["event_code"]),
        separator=" ", ignore_nulls=True,
    )  # fmt: skip
    swapped = pl.lit(vendor == "palo alto networks").fill_null(value=False)
    detected = kind.str.contains(DETECTIONS)
    return rows.with_columns(
        vendor=vendor.replace(VENDORS),
        product=head["product"].str.to_lowercase(),
        event_code=head["event_code"],
        written="epoch",
        orig_h=pl.coalesce(
            "orig_h",
            pl.col("process").str.extract(IN_WORDS, 1),
            pl.col("message").str.extract(USER_FROM, 2),
        ),
        username=pl.coalesce("username", pl.col("message").str.extract(USER_FROM, 1)),
        sensor=pl.col("sensor").str.replace(r"^CN\W+([^,]+).*$", "${1}"),
        rule=pl.coalesce(
            labelled["rule"],
            "policy",
            # Its guide has the rule there and keeps the labels for other things.
            pl.when(pl.lit(vendor) == "sonicwall").then(pl.lit(labelled["first"])),
        ),
        severity=pl.coalesce("own_severity", pl.lit(cef["severity"])),
        message=pl.coalesce("message", pl.lit(cef["name"])),
        # Its guide has `in` for what the client sent.
        orig_bytes=pl.when(swapped).then("resp_bytes").otherwise("orig_bytes"),
        resp_bytes=pl.when(swapped).then("orig_bytes").otherwise("resp_bytes"),
        signature=pl.when(detected).then(
            pl.coalesce("attack", labelled["threat"], pl.lit(cef["name"]))
        ),
        total_packets=labelled["packets"],
        flow=pl.col("resp_p").is_not_null() | pl.col("proto").is_not_null(),
    )  # fmt: skip


def _labelled(marked: pl.Series) -> pl.DataFrame:
    """Values of numbered fields by what their labels say, and the first, whatever its label."""
    pairs = told(
        marked, {name: (name,) for n in NUMBERED for name in (n, f"{n}Label")}
    )  # fmt: skip
    return pairs.select(
        *(
            _unescaped(pl.coalesce(
                pl.when(pl.col(f"{n}Label").is_in(labels)).then(pl.col(n)) for n in NUMBERED
            )).alias(name)
            for name, labels in LABELS.items()
        ),
        first=_unescaped(pl.col("cs1")).str.strip_chars('"'),
    )  # fmt: skip


def _unescaped(values: pl.Expr) -> pl.Expr:
    return known(values.str.replace_all(r"\\([=|\\,])", "${1}"))
