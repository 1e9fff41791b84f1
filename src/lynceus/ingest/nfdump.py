"""Flows as nfdump prints them with `-o csv`: the long form, or the short one since 1.7."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.account import Account
from lynceus.ingest.biflow import stitched
from lynceus.ingest.columns import addresses, end_ns, time_ns
from lynceus.ingest.delimited import fields
from lynceus.ingest.export_records import PORTED, RECORD_SCHEMA, transport
from lynceus.ingest.identity import identified
from lynceus.ingest.inputs import Input, InputError, ReadOptions, text_head
from lynceus.records import Batch, conform

COLUMNS = {
    "ts": "first", "firstseen": "first", "te": "last", "lastseen": "last", "td": "duration",
    "duration": "duration", "sa": "src_h", "srcaddr": "src_h", "da": "dst_h", "dstaddr": "dst_h",
    "sp": "src_p", "srcport": "src_p", "dp": "dst_p", "dstport": "dst_p", "pr": "proto",
    "proto": "proto", "flg": "flags", "flags": "flags", "ipkt": "packets", "packets": "packets",
    "ibyt": "bytes", "bytes": "bytes", "opkt": "reverse_packets", "outpackets": "reverse_packets",
    "obyt": "reverse_bytes", "outbytes": "reverse_bytes", "svln": "vlan", "ra": "exporter",
    "ismc": "src_mac", "odmc": "dst_mac",
}  # fmt: skip
"""nfdump's words for a column, in lower case, and ours."""

OURS = tuple(dict.fromkeys(COLUMNS.values()))
NEEDED = ("first", "src_h", "dst_h", "proto")

PROTOCOLS = {
    "TCP": "tcp", "UDP": "udp", "ICMP": "icmp", "ICMP6": "icmp6", "IPV6-ICMP": "icmp6",
    "SCTP": "sctp", "IGMP": "2", "IPIP": "4", "IPV6": "41", "RSVP": "46", "GRE": "47", "ESP": "50",
    "AH": "51", "EIGRP": "88", "OSPF": "89", "PIM": "103", "VRRP": "112", "L2TP": "115",
}  # fmt: skip
"""nfdump's word for a transport and ours."""

FLAG_BITS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32}
END_OF_FLOWS = b"\nSummary\n"
NO_MAC = "00:00:00:00:00:00"


class Nfdump:
    """Flows that nfdump printed."""

    name: ClassVar[str] = "nfdump"
    expects: ClassVar[str] = "nfdump -o csv (ts,te,td,sa,da,sp,dp,pr,...)"

    def __init__(self, given: Input, options: ReadOptions) -> None:
        self.account = Account()
        self._given = given
        self._site = options.site

    @staticmethod
    def recognise(head: bytes, path: Path) -> float:
        """Whether the first line is nfdump's header."""
        del path
        return 1.0 if set(NEEDED) <= set(_names(text_head(head) or "")) else 0.0

    @classmethod
    def open(cls, given: Input, options: ReadOptions) -> Nfdump:
        """The flows of one file."""
        return cls(given, options)

    def batches(self) -> Iterator[Batch]:
        """All flows as one batch. Raises `InputError` where needed columns are missing."""
        data = self._given.text(self.account)
        line, _, rows = data.partition(b"\n")
        names = _names(line.decode())
        if missing := [name for name in NEEDED if name not in names]:
            raise InputError(f"{self._given.name}: the header has no column {missing[0]}")
        rows = (b"\n" + rows).partition(END_OF_FLOWS)[0][1:]
        frame, wrong = fields(rows, len(names), ",")
        self.account.received = frame.height + wrong
        self.account.drop("wrong_number_of_fields", wrong)
        columns = {name: str(at) for at, name in enumerate(names) if name and name in OURS}
        told = frame.select(
            pl.col(at).str.strip_chars().replace("", None).alias(name)
            for name, at in columns.items()
        )
        flows = stitched(self._records(told))
        self.account.note("records_stitched_to_another", self.account.kept - flows.height)
        yield Batch(identified(flows, site=self._site, source=self.name, account=self.account))

    def _records(self, told: pl.DataFrame) -> pl.DataFrame:
        """One-way records of the rows that have readable ends and times."""
        told = told.with_columns(
            pl.lit(None, pl.String).alias(name) for name in OURS if name not in told.columns
        )
        frame = told.with_columns(
            src_h=addresses(told["src_h"]),
            dst_h=addresses(told["dst_h"]),
            ts_ns=time_ns(told["first"]),
            duration_s=pl.col("duration").cast(pl.Float64, strict=False),
            last_ns=time_ns(told["last"]),
        )
        ends = frame["src_h"].is_not_null() & frame["dst_h"].is_not_null()
        timed = frame["ts_ns"].is_not_null()
        self.account.drop("unreadable_address", int((~ends).sum()))
        self.account.drop("unreadable_time", int((ends & ~timed).sum()))
        frame = frame.filter(ends & timed)
        self.account.kept += frame.height
        for name in ("packets", "bytes", "reverse_packets", "reverse_bytes"):
            odd = frame[name].is_not_null() & _counts(frame[name]).is_null()
            self.account.note(f"unreadable_{name}", int(odd.sum()))
        return conform(self._typed(frame), RECORD_SCHEMA)

    def _typed(self, frame: pl.DataFrame) -> pl.DataFrame:
        word = pl.col("proto").str.to_uppercase()
        number = pl.col("proto").cast(pl.UInt8, strict=False)
        named = word.replace_strict(PROTOCOLS, default=None, return_dtype=pl.String())
        proto = pl.coalesce(named, transport(number))
        counts = ("packets", "bytes", "reverse_packets", "reverse_bytes")
        frame = frame.with_columns(
            proto.alias("proto"), *(_counts(frame[name]) for name in counts)
        ).with_columns(
            # nfdump writes 0 where an exporter tells one direction only.
            both_ways=(pl.max_horizontal("reverse_packets", "reverse_bytes") > 0).fill_null(
                value=False
            ),
            end_ns=pl.max_horizontal("ts_ns", pl.coalesce("last_ns", end_ns())),
        )
        kind, code = _port_parts("dst_p")
        icmp, ported = pl.col("proto").is_in(["icmp", "icmp6"]), pl.col("proto").is_in(PORTED)
        macs = [pl.col(name).replace(NO_MAC, None).alias(name) for name in ("src_mac", "dst_mac")]
        back = [pl.when("both_ways").then(name).alias(name)
                for name in ("reverse_packets", "reverse_bytes")]  # fmt: skip
        vlan = pl.col("vlan").cast(pl.UInt16, strict=False)
        return frame.with_columns(
            pl.when(icmp).then(kind).when(ported).then(_port("src_p")).alias("src_p"),
            pl.when(icmp).then(code).when(ported).then(_port("dst_p")).alias("dst_p"),
            pl.when(pl.col("proto") == "tcp").then(_flags("flags")).alias("tcp_flags"),
            *macs,
            *back,
            vlan=pl.when(vlan > 0).then(vlan),
            bytes_are_ip=pl.lit(value=True),
            input_digest=pl.lit(self._given.digest),
            exporter=pl.lit(None, pl.String),
        )


def _names(text: str) -> list[str]:
    line = text.partition("\n")[0]
    return [COLUMNS.get(name.strip().lower(), "") for name in line.split(",")]


def _counts(values: pl.Series) -> pl.Series:
    return values.cast(pl.UInt64, strict=False)


def _port(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.UInt16, strict=False)


def _port_parts(name: str) -> tuple[pl.Expr, pl.Expr]:
    """Type and code of ICMP: `8.0`, or both in one number as exporters write them."""
    parts = pl.col(name).str.split_exact(".", 1)
    dotted = pl.col(name).str.contains(".", literal=True)
    whole = _port(name)
    first = parts.struct.field("field_0").cast(pl.UInt16, strict=False)
    second = parts.struct.field("field_1").cast(pl.UInt16, strict=False)
    return (
        pl.when(dotted).then(first).otherwise(whole // 256),
        pl.when(dotted).then(second).otherwise(whole % 256),
    )


def _flags(name: str) -> pl.Expr:
    """`...AP.SF` or a number, `0x1b`, as bits."""
    text = pl.col(name).str.to_uppercase()
    hexadecimal = text.str.extract(r"^0X([0-9A-F]{1,2})$", 1)
    number = hexadecimal.str.to_integer(base=16, strict=False).cast(pl.UInt16, strict=False)
    bits = [pl.when(text.str.contains(letter, literal=True)).then(bit).otherwise(0)
            for letter, bit in FLAG_BITS.items()]  # fmt: skip
    sent = pl.when(text.is_not_null()).then(pl.sum_horizontal(bits).cast(pl.UInt16))
    return pl.coalesce(number, sent)
