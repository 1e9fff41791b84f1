"""UNSW-NB15: two days of 2015 from a traffic generator, as Argus and Bro saw them.

The raw files have 49 columns, with or without a header; the training and testing sets drawn from
them have 45, without addresses and times.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.learn import csv_table
from lynceus.learn.dataset import OWN, Dataset, DatasetError, of_tables
from lynceus.learn.mapping import Mapped, applied

RAW = (
    "srcip", "sport", "dstip", "dsport", "proto", "state", "dur", "sbytes", "dbytes", "sttl",
    "dttl", "sloss", "dloss", "service", "sload", "dload", "spkts", "dpkts", "swin", "dwin",
    "stcpb", "dtcpb", "smean", "dmean", "trans_depth", "response_body_len", "sjit", "djit",
    "stime", "ltime", "sinpkt", "dinpkt", "tcprtt", "synack", "ackdat", "is_sm_ips_ports",
    "ct_state_ttl", "ct_flw_http_mthd", "is_ftp_login", "ct_ftp_cmd", "ct_srv_src", "ct_srv_dst",
    "ct_dst_ltm", "ct_src_ltm", "ct_src_dport_ltm", "ct_dst_sport_ltm", "ct_dst_src_ltm",
    "attack_cat", "label",
)  # fmt: skip
"""The columns of the raw files in their order, by the names of the smaller sets."""

SPELLED = {
    "smeansz": "smean", "dmeansz": "dmean", "res_bdy_len": "response_body_len",
    "sintpkt": "sinpkt", "dintpkt": "dinpkt",
}  # fmt: skip
"""Other names of the same columns."""

TEXT = {"srcip", "sport", "dstip", "dsport", "proto", "state", "service", "attack_cat"}

CODES = (
    "normal", "exploits", "reconnaissance", "dos", "generic", "shellcode", "fuzzers", "worms",
    "backdoor", "analysis",
)  # fmt: skip
"""What `attack_cat` means where it is a number: the order in which the set first names them."""

FAMILY = {
    "normal": "benign", "exploits": "exploit", "exploit": "exploit", "reconnaissance": "scan",
    "dos": "dos", "generic": "generic", "shellcode": "shellcode", "fuzzers": "fuzzing",
    "fuzzer": "fuzzing", "worms": "worm", "worm": "worm", "backdoor": "backdoor",
    "backdoors": "backdoor", "analysis": "analysis",
}  # fmt: skip

LEAKS = ("sttl", "dttl", "ct_state_ttl")
"""The generator's attacks came with times to live of their own: these columns give them away."""

PROTOCOLS = """
    hopopt icmp igmp ggp ipnip st2 tcp cbt egp igp bbn-rcc nvp pup argus emcon xnet chaos udp
    mux dcn hmp prm xns-idp trunk-1 trunk-2 leaf-1 leaf-2 rdp irtp iso-tp4 netblt mfe-nsp
    merit-inp dccp 3pc idpr xtp ddp idpr-cmtp tp++ il ipv6 sdrp ipv6-route ipv6-frag idrp rsvp
    gre mhrp bna esp ah i-nlsp swipe narp mobile tlsp skip ipv6-icmp ipv6-no ipv6-opts #61 cftp
    #63 sat-expak kryptolan rvd ippc #68 sat-mon visa ipcv cpnx cphb wsn pvp br-sat-mon sun-nd
    wb-mon wb-expak iso-ip vmtp secure-vmtp vines ttp nsfnet-igp dgp tcf eigrp ospf sprite-rpc
    larp mtp ax.25 ipip micp sccopmce etherip encap pri-enc gmtp ifmp pnni pim aris scps qnx a/n
    ipcomp snp compaq-peer ipx-n-ip vrrp pgm #114 l2tp ddx iatp stp srp uti smp sm ptp isis fire
    crtp crudp sscopmce iplt sps pipe sctp fc
"""
"""Argus' words for IP protocols, by number."""

PROTO = {name: str(number) for number, name in enumerate(PROTOCOLS.split())} | {
    "tcp": "tcp", "udp": "udp", "icmp": "icmp", "sctp": "sctp", "ipv6-icmp": "icmp6",
    "udt": "udp", "rtp": "udp",
}  # fmt: skip

STATES = ("FIN", "CON", "INT", "REQ", "RST", "ACC", "CLO", "ECO")
SERVICES = ("dns", "http", "ftp", "ftp-data", "smtp", "pop3", "ssh", "ssl", "snmp", "dhcp", "irc")

SMALLEST_FILE = 440_000
"""Rows of the smallest raw file; fewer are an excerpt."""


def _packets(column: str) -> pl.Expr:
    """Each packet was recorded twice; an odd count lost one of a pair."""
    return (pl.col(column) / 2).ceil()


def _ip_bytes(side: str) -> pl.Expr:
    packets = pl.col(f"{side}pkts")
    share = pl.when(packets > 0).then(_packets(f"{side}pkts") / packets).otherwise(0)
    return (pl.col(f"{side}bytes") * share).round()


def _gap_mean(side: str) -> pl.Expr:
    """The mean over the gaps of pairs: the gaps inside pairs are next to nothing."""
    told = pl.col(f"{side}pkts")
    packets = _packets(f"{side}pkts")
    span = pl.col(f"{side}inpkt") / 1000 * (told - 1)
    return pl.when(packets >= 2).then(span / (packets - 1))


def _seen(column: str) -> pl.Expr:
    """A part of the handshake; 0 where none was seen."""
    return pl.when(pl.col(column) > 0).then(column)


_single = _packets("spkts") + _packets("dpkts") <= 1
_lasted = pl.when(_single).then(0.0).otherwise("dur")
_TWICE = "half, rounded up: every packet is recorded twice"


class UnswNb15:
    """Files of UNSW-NB15: raw ones, and the training and testing sets."""

    title: ClassVar[str] = "UNSW-NB15"
    expects: ClassVar[str] = "CSV with dur, sbytes, spkts, ..., label, or 49 columns"
    faults: ClassVar[tuple[str, ...]] = (
        "Made-up traffic of two days from one generator; benign and attacking machines differ in "
        "their times to live, which give the label away: sttl, dttl and ct_state_ttl are left out.",
        "Every packet is recorded twice, microseconds apart: over 99 % of the packet counts are "
        "even, and a DNS question is two packets. Packets and bytes are halved here.",
        "One copy of a packet under 46 bytes is padded to that, so bytes are up to 3 too many a "
        "small packet.",
        "Times are whole seconds.",
        "The training and testing sets are drawn by class, share near-duplicates, and go round "
        "with their names exchanged.",
        "Generic attacks on block ciphers are, in the flows, nothing but repeated DNS questions.",
        "The columns ct_... count the last hundred rows of the whole set: in an excerpt they tell "
        "of rows that are not there.",
    )
    gives: ClassVar[tuple[Mapped, ...]] = (
        Mapped(
            "proto", pl.col("proto").str.to_lowercase().replace_strict(PROTO, default=None),
            "by name; null for `unas`, `any` and ARP",
        ),
        Mapped("duration_s", _lasted, "equal; 0 for one packet (the set: between its two copies)"),
        Mapped("orig_packets", _packets("spkts"), _TWICE),
        Mapped("resp_packets", _packets("dpkts"), _TWICE),
        Mapped("total_packets", _packets("spkts") + _packets("dpkts"), _TWICE),
        Mapped(
            "orig_ip_bytes", _ip_bytes("s"),
            "by packets as they are halved; up to 3 too many a packet under 46 bytes (padding)",
        ),
        Mapped("resp_ip_bytes", _ip_bytes("d"), "as orig_ip_bytes"),
        Mapped(
            "orig_gap_s_mean", _gap_mean("s"), "the span of the packets over their halved number"
        ),
        Mapped("resp_gap_s_mean", _gap_mean("d"), "as orig_gap_s_mean"),
        Mapped("syn_synack_s", _seen("synack")),
        Mapped("synack_ack_s", _seen("ackdat")),
        Mapped("orig_h", pl.col("srcip")),
        Mapped("resp_h", pl.col("dstip")),
    )  # fmt: skip
    lacks: ClassVar[dict[str, str]] = {
        "": "not told",
        "bytes_are_ip": "bytes of IP packets are told as such",
        "orig_bytes": "no payload is told",
        "resp_bytes": "no payload is told",
        "total_bytes": "no payload is told",
        "orig_window": "one byte of it",
        "resp_window": "one byte of it",
        "orig_retransmitted": "lost and repeated together, of packets recorded twice",
        "resp_retransmitted": "lost and repeated together, of packets recorded twice",
        "orig_gap": "a mean and a jitter alone",
        "resp_gap": "a mean and a jitter alone",
    }

    @staticmethod
    def recognise(path: Path) -> bool:
        """Whether a table has the columns of the set, or its 49 without a header."""
        return bool(csv_table.fitting(path, _fits))

    @classmethod
    def load(cls, path: Path) -> Dataset:
        """All tables of a file or directory. Raises `DatasetError`."""
        files = [path] if path.is_file() else csv_table.fitting(path, _fits)
        if not files:
            raise DatasetError(f"{path}: no table of UNSW-NB15 in it; expected {cls.expects}")
        return of_tables(cls, files, _part)


def _key(name: str) -> str:
    word = csv_table.snake(name)
    return SPELLED.get(word, word)


def _without_header(fields: list[str]) -> bool:
    return len(fields) >= len(RAW) and fields[0].count(".") == 3 and fields[4].lower() in {
        *PROTO, "arp", "unas"
    }  # fmt: skip


TELLING = ("dur", "sbytes", "dbytes", "spkts", "dpkts", "sinpkt", "dinpkt")
"""Columns that together name the set."""


def _fits(fields: list[str]) -> bool:
    return csv_table.alike(map(_key, fields), TELLING) or _without_header(fields)


def _part(path: Path, counted: Counter[str]) -> tuple[pl.DataFrame, bool]:
    """The rows of one table and whether they are a selection."""
    bare = _without_header(csv_table.first_fields(path))
    rows = csv_table.read(
        path,
        text=TEXT,
        counted=counted,
        key_of=_key,
        names=RAW if bare else None,
        needed=("proto", "dur", "sbytes", "dbytes", "spkts", "dpkts", "label"),
    )
    again = pl.col("proto").str.to_lowercase() == "proto"
    rows = csv_table.without(rows, again, "header_again", counted)
    rows = csv_table.without(rows, pl.col("label").is_null(), "no_label", counted)
    picked = rows.height < SMALLEST_FILE
    rows = csv_table.once(rows.drop(n for n in ("id",) if n in rows.columns), counted)
    rows = csv_table.without(rows, pl.col("spkts") + pl.col("dpkts") == 0, "no_packets", counted)
    numbers = [name for name, dtype in rows.schema.items() if dtype == pl.Float64]
    rows = csv_table.non_negative(rows, numbers, counted)
    rows = _timed(_labelled(path, rows), counted)
    rows = rows.with_columns(
        capture=pl.lit(path.name.partition(".")[0])
        if "ts_ns" not in rows.columns
        else pl.from_epoch("ts_ns", time_unit="ns").dt.strftime("%Y-%m-%d")
    )
    return _finished(rows, counted), picked


def _labelled(path: Path, rows: pl.DataFrame) -> pl.DataFrame:
    """Labels by attack_cat, or 0 and 1 where there is none. Raises `DatasetError` for others."""
    flag = pl.col("label")
    if odd := rows.filter(~flag.is_in([0.0, 1.0]))["label"].to_list():
        raise DatasetError(f"{path}: label {odd[0]:g} in column 'label'; expected 0 or 1")
    if "attack_cat" not in rows.columns:
        rows = rows.with_columns(attack_cat=pl.lit(None, pl.String))
    word = pl.col("attack_cat").str.to_lowercase()
    code = word.cast(pl.Float64, strict=False).cast(pl.Int64, strict=False).cast(pl.String)
    numbered = {str(number): name for number, name in enumerate(CODES)}
    by_code = pl.when(code.is_not_null()).then(code.replace_strict(numbered, default=code))
    named = pl.coalesce(by_code, pl.when(~word.is_in(["", "-", "nan"])).then(word))
    rows = rows.with_columns(_word=named.fill_null(pl.when(flag == 0).then(pl.lit("normal"))))
    unknown = rows.filter(~pl.col("_word").is_in(list(FAMILY)))["attack_cat"].unique().sort()
    if unknown.len():
        raise DatasetError(
            f"{path}: label {unknown[0]!r} in column 'attack_cat' is none of UNSW-NB15's; expected "
            f"{', '.join(CODES)}"
        )
    family = pl.col("_word").replace_strict(FAMILY, return_dtype=pl.String)
    return rows.with_columns(
        label=pl.coalesce(pl.col("_word"), pl.lit("attack")),
        family=family,
        malicious=flag == 1,
    ).drop("_word", "attack_cat")


def _timed(rows: pl.DataFrame, counted: Counter[str]) -> pl.DataFrame:
    if "stime" not in rows.columns:
        return rows
    if "ltime" in rows.columns:
        backwards = rows.select((pl.col("ltime") < pl.col("stime")).sum()).item()
        counted["ends_before_it_begins"] += int(backwards)
    ts_ns = (pl.col("stime") * 1e9).cast(pl.Int64, strict=False)
    return rows.with_columns(
        ts_ns=ts_ns, end_ns=ts_ns + (pl.col("dur").fill_null(0) * 1e9).cast(pl.Int64, strict=False)
    )


def _finished(rows: pl.DataFrame, counted: Counter[str]) -> pl.DataFrame:
    """Columns of the set under our prefix, states and services as 0 and 1."""
    counted["odd_packet_count"] += int(
        rows.select(((pl.col("spkts") % 2 == 1) | (pl.col("dpkts") % 2 == 1)).sum()).item()
    )
    hot = [
        (pl.col(column) == value).cast(pl.Float64).alias(f"{column}_{csv_table.snake(value)}")
        for column, values in (("state", STATES), ("service", SERVICES))
        if column in rows.columns
        for value in values
    ]
    gone = {*LEAKS, *TEXT, "stime", "ltime", "stcpb", "dtcpb"}
    rows = rows.with_columns(hot)
    ours = {"label", "family", "malicious", "capture", "ts_ns", "end_ns"}
    own = [n for n in rows.columns if n not in gone and n not in ours]
    flows = applied(rows, UnswNb15.gives)
    flow_columns = [m.name for m in UnswNb15.gives if m.name in flows.columns]
    rows = flows.select(
        *flow_columns, *(n for n in rows.columns if n in ours),
        *(rows[n].alias(f"{OWN}{n}") for n in own),
    )  # fmt: skip
    if "orig_h" in rows.columns:
        rows = rows.with_columns(host="orig_h")
    return rows
