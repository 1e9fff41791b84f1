"""Argus bidirectional flows as `ra` prints them: a header line, commas or tabs, labels or none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.account import Account
from lynceus.ingest.argus_states import conn_state
from lynceus.ingest.columns import addresses, end_ns, time_ns
from lynceus.ingest.delimited import fields
from lynceus.ingest.identity import identified
from lynceus.ingest.inputs import Input, InputError, ReadOptions, text_head
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch, conform

NEEDED = ("SrcAddr", "DstAddr", "Proto")

COLUMNS = {
    "starttime": "StartTime", "stime": "StartTime", "lasttime": "LastTime", "ltime": "LastTime",
    "dur": "Dur", "proto": "Proto", "srcaddr": "SrcAddr", "saddr": "SrcAddr", "sport": "Sport",
    "dir": "Dir", "dstaddr": "DstAddr", "daddr": "DstAddr", "dport": "Dport", "state": "State",
    "totpkts": "TotPkts", "pkts": "TotPkts", "totbytes": "TotBytes", "bytes": "TotBytes",
    "srcbytes": "SrcBytes", "sbytes": "SrcBytes", "dstbytes": "DstBytes", "dbytes": "DstBytes",
    "srcpkts": "SrcPkts", "spkts": "SrcPkts", "dstpkts": "DstPkts", "dpkts": "DstPkts",
    "sappbytes": "SAppBytes", "dappbytes": "DAppBytes", "srcmac": "SrcMac", "smac": "SrcMac",
    "dstmac": "DstMac", "dmac": "DstMac", "svlan": "sVid", "svid": "sVid", "label": "Label",
    "detailedlabel": "DetailedLabel",
}  # fmt: skip
"""Names of Argus fields, in lower case, long and short forms."""

OURS = tuple(dict.fromkeys(COLUMNS.values()))

PROTOCOLS = {
    "icmp": "icmp", "ipv6-icmp": "icmp6", "icmpv6": "icmp6", "icmp6": "icmp6", "tcp": "tcp",
    "udp": "udp", "sctp": "sctp", "rtp": "udp", "rtcp": "udp", "udt": "udp", "igmp": "2",
    "ggp": "3", "ipnip": "4", "ipip": "4", "egp": "8", "ipv6": "41", "ipv6-route": "43",
    "ipv6-frag": "44", "rsvp": "46", "gre": "47", "esp": "50", "ah": "51", "mobile": "55",
    "skip": "57", "eigrp": "88", "ospf": "89", "pim": "103", "vrrp": "112", "l2tp": "115",
}  # fmt: skip
"""Argus' word for a transport and ours."""

FLIPPED = ("<-", "<?")
"""The destination began the flow."""

KNOWN = ("->", "<->", "<-", "<?", "?>", "<?>", "who", "-", "->|", "<|>", "o>", "<o>", "<o")

LINE = re.compile(r"^[^\n]*")


class Binetflow:
    """Flows that Argus metered."""

    name: ClassVar[str] = "binetflow"
    expects: ClassVar[str] = "Argus flows (StartTime,Dur,Proto,SrcAddr,...)"

    def __init__(self, given: Input, options: ReadOptions) -> None:
        self.account = Account()
        self._given = given
        self._site = options.site

    @staticmethod
    def recognise(head: bytes, path: Path) -> float:
        """Whether the first line is Argus' header."""
        del path
        text = text_head(head) or ""
        names, _ = _header(text)
        json = text.lstrip().startswith("{")
        return 1.0 if {"SrcAddr", "DstAddr"} <= set(names) and not json else 0.0

    @classmethod
    def open(cls, given: Input, options: ReadOptions) -> Binetflow:
        """The flows of one file."""
        return cls(given, options)

    def batches(self) -> Iterator[Batch]:
        """All flows as one batch. Raises `InputError` where needed columns are missing."""
        data = self._given.text(self.account)
        line, _, rows = data.partition(b"\n")
        names, separator = _header(line.decode())
        if missing := [name for name in NEEDED if name not in names]:
            raise InputError(f"{self._given.name}: the header has no column {missing[0]}")
        frame, wrong = fields(rows, len(names), separator)
        frame = frame.rename({str(at): name for at, name in enumerate(names)}).select(
            pl.col(name).str.strip_chars().replace("", None) for name in names if name in OURS
        )
        self.account.received = frame.height + wrong
        self.account.drop("wrong_number_of_fields", wrong)
        frame = self._over_ip(frame.with_columns(pl.col("Proto").str.to_lowercase()))
        arp = frame.filter(pl.col("Proto") == "arp")
        told = self._typed(frame.filter(pl.col("Proto") != "arp"))
        told = told.with_columns(input_digest=pl.lit(self._given.digest))
        flows = identified(told, site=self._site, source="binetflow", account=self.account)
        yield Batch(flows, {"arp": self._arp(arp)} if arp.height else {})

    def _over_ip(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows with addresses of IP; management records and link protocols are left out."""
        frame = frame.with_columns(
            SrcAddr=addresses(frame["SrcAddr"]), DstAddr=addresses(frame["DstAddr"])
        )
        is_ip = frame["Proto"].is_in([*PROTOCOLS, "arp"]) | frame["Proto"].str.contains(r"^\d+$")
        over_ip = frame.filter(is_ip.fill_null(value=False))
        self.account.drop("not_ip", frame.height - over_ip.height)
        sound = over_ip.drop_nulls(["SrcAddr", "DstAddr"])
        self.account.drop("unreadable_address", over_ip.height - sound.height)
        return self._dated(sound)

    def _dated(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows with their time; a file without any readable time keeps its rows."""
        if "StartTime" not in frame.columns:
            dated = frame.with_columns(ts_ns=pl.lit(None, pl.Int64))
        else:
            dated = frame.with_columns(time_ns(frame["StartTime"]).alias("ts_ns"))
        sound = dated.drop_nulls("ts_ns")
        if sound.is_empty():
            self.account.note("rows_without_time", dated.height)
            sound = dated
        self.account.drop("unreadable_time", dated.height - sound.height)
        self.account.kept += sound.height
        return sound

    def _typed(self, frame: pl.DataFrame) -> pl.DataFrame:
        has = set(frame.columns)
        missing = [pl.lit(None, pl.String).alias(n) for n in OURS if n not in has]
        frame = frame.with_columns(missing)
        direction = pl.col("Dir").fill_null("->")
        self.account.note(
            "direction_unreadable", frame.select(~direction.is_in(KNOWN)).sum().item()
        )
        flipped = direction.is_in(FLIPPED)
        numbers = frame.select(
            pl.col("TotPkts", "SrcPkts", "DstPkts", "TotBytes", "SrcBytes", "DstBytes")
            .cast(pl.UInt64, strict=False),
            pl.col("SAppBytes", "DAppBytes").cast(pl.UInt64, strict=False),
        )  # fmt: skip
        for name in numbers.columns:
            unreadable = int((numbers[name].is_null() & frame[name].is_not_null()).sum())
            self.account.note(f"unreadable_{name}", unreadable)
        for side in ("Sport", "Dport"):
            odd = pl.col(side).is_not_null() & _port(side).is_null()
            self.account.note(f"unreadable_{side}", frame.select(odd.sum()).item())
        return (
            frame.with_columns(numbers)
            .with_columns(
                DstPkts=pl.coalesce("DstPkts", _rest("TotPkts", "SrcPkts")),
                DstBytes=pl.coalesce("DstBytes", _rest("TotBytes", "SrcBytes")),
                proto=pl.col("Proto").replace(PROTOCOLS),
                duration_s=pl.col("Dur").cast(pl.Float64, strict=False),
                sport=_port("Sport"),
                dport=_port("Dport"),
            )
            .with_columns(_ends(flipped))
            .with_columns(_icmp_ports())
            .with_columns(conn_state(flipped).alias("conn_state"), end_ns().alias("end_ns"))
            .pipe(conform, FLOW_SCHEMA)
        )

    def _arp(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Rows of `who has`: the source asks for the destination, once or more."""
        asked = frame.with_columns(
            site=pl.lit(self._site),
            orig_h="SrcAddr",
            resp_h="DstAddr",
            operation=pl.lit("request"),
        )
        return conform(asked, EVENT_SCHEMAS["arp"])


def _header(text: str) -> tuple[list[str], str]:
    """Argus' names of the columns (others as they stand) and the separator of the first line."""
    found = LINE.match(text)
    line = found[0] if found else ""
    separator = max(",\t;|", key=line.count)
    names: list[str] = []
    for at, word in enumerate(line.split(separator)):
        name = COLUMNS.get(re.sub(r"[^a-z]", "", word.lower()), word.strip())
        names.append(f"{name}#{at}" if name in names or not name else name)
    return names, separator


def _rest(total: str, part: str) -> pl.Expr:
    return pl.when(pl.col(total) >= pl.col(part)).then(pl.col(total) - pl.col(part))


def _ends(flipped: pl.Expr) -> list[pl.Expr]:
    """Source and destination as originator and responder."""

    def side(orig: str, resp: str, name: str) -> list[pl.Expr]:
        return [
            pl.when(flipped).then(resp).otherwise(orig).alias(f"orig_{name}"),
            pl.when(flipped).then(orig).otherwise(resp).alias(f"resp_{name}"),
        ]

    payload_known = pl.col("SAppBytes").is_not_null() & pl.col("DAppBytes").is_not_null()
    app, ip = pl.col("SAppBytes"), pl.col("SrcBytes")
    sent = pl.when(payload_known).then(app).otherwise(ip)
    got = pl.when(payload_known).then("DAppBytes").otherwise("DstBytes")
    rtp = pl.col("Proto").is_in(["rtp", "rtcp"])
    return [
        *side("SrcAddr", "DstAddr", "h"),
        *side("sport", "dport", "p"),
        *side("SrcPkts", "DstPkts", "packets"),
        *side("SrcBytes", "DstBytes", "ip_bytes"),
        *side("SrcMac", "DstMac", "l2_addr"),
        pl.when(flipped).then(got).otherwise(sent).alias("orig_bytes"),
        pl.when(flipped).then(sent).otherwise(got).alias("resp_bytes"),
        pl.col("TotPkts").alias("total_packets"),
        pl.when(~payload_known).then("TotBytes").alias("total_bytes"),
        (~payload_known).alias("bytes_are_ip"),
        pl.when(pl.col("Dir") == "<?>").then(pl.lit("first_seen")).otherwise(pl.lit("source"))
        .alias("orig_by"),
        pl.when(rtp).then("Proto").alias("service"),
        pl.col("sVid").cast(pl.UInt16, strict=False).alias("vlan"),
        pl.col("Label").alias("label"),
        pl.col("DetailedLabel").alias("label_detail"),
    ]  # fmt: skip


def _port(name: str) -> pl.Expr:
    """Ports in decimal or as Argus prints types and codes of ICMP, `0x0303`."""
    hexadecimal = pl.col(name).str.extract(r"^0x([0-9A-Fa-f]{1,4})$", 1)
    number = hexadecimal.str.to_integer(base=16, dtype=pl.Int64, strict=False)
    decimal = pl.col(name).cast(pl.UInt16, strict=False)
    return decimal.fill_null(number.cast(pl.UInt16, strict=False))


def _icmp_ports() -> list[pl.Expr]:
    """ICMP: Argus prints type (low byte) and code (high byte) as the source port in hex."""
    icmp = pl.col("proto").is_in(["icmp", "icmp6"])
    packed = icmp & pl.col("Sport").str.starts_with("0x")
    return [
        pl.when(packed).then(pl.col("sport") % 256).otherwise("orig_p").alias("orig_p"),
        pl.when(packed).then(pl.col("sport") // 256).otherwise("resp_p").alias("resp_p"),
    ]
