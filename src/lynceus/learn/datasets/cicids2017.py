"""CICIDS2017: a week of a made-up office in 2017 and the attacks on it, as CICFlowMeter saw them.

Three forms go round. The corrected re-extraction (Engelen 2021, Liu 2022) is the one to learn
from. The two original forms, with addresses (GeneratedLabelledFlows) and without
(MachineLearningCVE), give less of a flow, because the first CICFlowMeter counted headers, padding
and flags wrongly.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.learn import csv_table
from lynceus.learn.dataset import OWN, Dataset, DatasetError, of_tables
from lynceus.learn.mapping import Mapped, applied

TEXT = {"flow_id", "src_ip", "dst_ip", "timestamp", "label"}
IDENTITY = {
    "id", "flow_id", "src_ip", "src_port", "dst_ip", "dst_port", "timestamp", "attempted_category"
}  # fmt: skip
"""Columns that name a flow or give its label away."""

WORDS = {
    "tot": "total", "totlen": "total length", "len": "length", "pkt": "packet", "pkts": "packet",
    "packets": "packet", "byts": "bytes", "forward": "fwd", "backward": "bwd", "source": "src",
    "destination": "dst", "seg": "segment", "flags": "flag", "cnt": "count", "cwe": "cwr",
    "average": "avg", "of": "", "blk": "bulk", "var": "variance",
}  # fmt: skip
"""How the words of column names differ between the forms."""

COLUMNS = """
    id, flow_id, src_ip, src_port, dst_ip, dst_port, protocol, timestamp, flow_duration,
    total_fwd_packet, total_bwd_packet, total_length_fwd_packet, total_length_bwd_packet,
    fwd_packet_length_max, fwd_packet_length_min, fwd_packet_length_mean, fwd_packet_length_std,
    bwd_packet_length_max, bwd_packet_length_min, bwd_packet_length_mean, bwd_packet_length_std,
    flow_bytes_s, flow_packet_s, flow_iat_mean, flow_iat_std, flow_iat_max, flow_iat_min,
    fwd_iat_total, fwd_iat_mean, fwd_iat_std, fwd_iat_max, fwd_iat_min,
    bwd_iat_total, bwd_iat_mean, bwd_iat_std, bwd_iat_max, bwd_iat_min,
    fwd_psh_flag, bwd_psh_flag, fwd_urg_flag, bwd_urg_flag, fwd_rst_flag, bwd_rst_flag,
    fwd_header_length, bwd_header_length, fwd_init_win_bytes, bwd_init_win_bytes,
    attempted_category, total_tcp_flow_time, label
"""
"""The columns that are spoken of below; all others go by their own names."""

FAMILY = {
    "benign": "benign", "dos hulk": "dos", "dos goldeneye": "dos", "dos slowloris": "dos",
    "dos slowhttptest": "dos", "dos": "dos", "ddos": "ddos", "portscan": "scan",
    "port scan": "scan", "infiltration portscan": "scan", "ftp patator": "brute_force_ftp",
    "ssh patator": "brute_force_ssh", "bruteforce": "brute_force", "brute force": "brute_force",
    "bot": "botnet", "botnet": "botnet", "web attack brute force": "web_attack",
    "web attack xss": "web_attack", "web attack sql injection": "web_attack",
    "webattack": "web_attack", "web attack": "web_attack", "infiltration": "infiltration",
    "heartbleed": "heartbleed",
}  # fmt: skip
"""Families by the label in lower case, words joined by one space."""

SMALLEST_FILE = 170_000
"""Rows of the smallest file of the set; fewer are an excerpt, drawn nobody knows how."""


def _key(name: str) -> str:
    """A column's name in the corrected form, whichever form it is written in."""
    words = " ".join(WORDS.get(w, w) for w in csv_table.snake(name).split("_")).split()
    return _known().get(frozenset(words), csv_table.snake(name))


@cache
def _known() -> dict[frozenset[str], str]:
    return {frozenset(n.split("_")): n for n in re.findall(r"\w+", COLUMNS)}


def _ip_bytes(way: str) -> pl.Expr:
    """Payload and transport headers as told, and the 20 bytes of each IPv4 header."""
    packets = pl.col(f"total_{way}_packet")
    headers = pl.col(f"{way}_header_length")
    least = pl.when(pl.col("protocol") == 6).then(20).when(pl.col("protocol") == 17).then(8)
    sound = headers >= least * packets
    return pl.when(sound).then(pl.col(f"total_length_{way}_packet") + headers + 20 * packets)


def _gap(statistic: str, way: str, packets: pl.Expr) -> pl.Expr:
    """A statistic of gaps in seconds; unknown where there is no gap."""
    told = pl.col(f"{way}_iat_{statistic}") / 1e6
    if statistic == "std":
        told = told * ((packets - 2) / (packets - 1)).sqrt()
    return pl.when(packets >= 2).then(told)


_fwd, _bwd = pl.col("total_fwd_packet"), pl.col("total_bwd_packet")
_tcp = pl.col("protocol") == 6

ALWAYS = (
    Mapped("duration_s", pl.col("flow_duration") / 1e6),
    Mapped("orig_packets", _fwd),
    Mapped("resp_packets", _bwd),
    Mapped("total_packets", _fwd + _bwd),
    *(
        Mapped(
            f"{ours}gap_s_{statistic}",
            _gap(statistic, way, packets),
            "sample deviation turned into that of the population" if statistic == "std" else "",
        )
        for ours, way, packets in (
            ("", "flow", _fwd + _bwd), ("orig_", "fwd", _fwd), ("resp_", "bwd", _bwd)
        )
        for statistic in ("min", "mean", "max", "std")
    ),
)  # fmt: skip
"""What all forms tell alike."""

PROTOCOL = Mapped(
    "proto",
    pl.col("protocol").replace_strict({6.0: "tcp", 17.0: "udp", 1.0: "icmp"}, default=None),
    "by number; 0 is null (absent in MachineLearningCVE)",
)

CORRECTED = (
    Mapped(
        "orig_ip_bytes", _ip_bytes("fwd"),
        "TCP and UDP: payload + transport headers + 20 a packet (IPv4 without options; corrected "
        "form only)",
    ),
    Mapped("resp_ip_bytes", _ip_bytes("bwd"), "as orig_ip_bytes"),
    Mapped(
        "orig_size_bytes_mean", _ip_bytes("fwd") / pl.when(_fwd > 0).then(_fwd),
        "orig_ip_bytes / orig_packets",
    ),
    Mapped(
        "resp_size_bytes_mean", _ip_bytes("bwd") / pl.when(_bwd > 0).then(_bwd),
        "resp_ip_bytes / resp_packets",
    ),
    Mapped(
        "size_bytes_mean", (_ip_bytes("fwd") + _ip_bytes("bwd")) / (_fwd + _bwd),
        "bytes both ways / packets both ways",
    ),
    *(
        Mapped(
            f"{end}_{flag}_packets", pl.when(_tcp).then(f"{way}_{flag}_flag"),
            "equal (corrected form only)",
        )
        for end, way in (("orig", "fwd"), ("resp", "bwd"))
        for flag in ("psh", "urg", "rst")
    ),
    Mapped(
        "orig_window_bytes_first", pl.when(_tcp).then("fwd_init_win_bytes"),
        "equal (corrected form only)",
    ),
)  # fmt: skip
"""What the corrected form alone tells rightly."""

ADDRESSED = (
    Mapped("orig_h", pl.col("src_ip")),
    Mapped("orig_p", pl.col("src_port")),
    Mapped("resp_h", pl.col("dst_ip")),
    Mapped("resp_p", pl.col("dst_port")),
)


class Cicids2017:
    """Files of CICIDS2017, in any of its forms."""

    title: ClassVar[str] = "CICIDS2017"
    expects: ClassVar[str] = "CSV with Flow Duration, Total Fwd Packets, ..., Label"
    faults: ClassVar[tuple[str, ...]] = (
        "Made-up traffic of one week; benign flows follow profiles of 25 users, and attacks come "
        "from a few addresses one after the other (Sharafaldin 2018).",
        "The original extraction cuts TCP flows at the first FIN and makes a flow of each rest, "
        "labels what reached no service as an attack, and counts Ethernet padding as payload and "
        "the headers of UDP as those of TCP (Engelen 2021, Rosay 2022).",
        "Some packets are recorded twice, and a port scan on Thursday afternoon went unlabelled in "
        "the original (Lanvin 2022); the corrected form labels it (Liu 2022).",
        "Attempts without effect are labelled `- Attempted` in the corrected form (Liu 2022); "
        "they bear no family here.",
        "Flows of one packet were never written.",
        "Times of GeneratedLabelledFlows are on a clock of twelve hours without its half.",
    )
    gives: ClassVar[tuple[Mapped, ...]] = (*ALWAYS, PROTOCOL, *CORRECTED, *ADDRESSED)
    lacks: ClassVar[dict[str, str]] = {
        "": "not told",
        "bytes_are_ip": "payload is told apart",
        "orig_bytes": "bytes sent again are counted again",
        "resp_bytes": "bytes sent again are counted again",
        "total_bytes": "bytes sent again are counted again",
        "orig_payload": "over all packets, those without payload too",
        "resp_payload": "over all packets, those without payload too",
        "orig_size_bytes": "sizes of payload, not of packets",
        "resp_size_bytes": "sizes of payload, not of packets",
        "size_bytes": "sizes of payload, not of packets",
        "resp_window_bytes_first": "of the last packet in some extractions",
        "idle": "periods begin after 5 s, not 1 s",
        "active": "periods begin after 5 s, not 1 s",
        "orig_burst": "bulks of four packets or more",
        "resp_burst": "bulks of four packets or more",
        "orig_syn": "counted both ways together",
        "orig_fin": "counted both ways together",
        "orig_ack": "counted both ways together",
        "orig_ece": "counted both ways together",
        "orig_cwr": "counted both ways together",
        "resp_syn": "counted both ways together",
        "resp_fin": "counted both ways together",
        "resp_ack": "counted both ways together",
        "resp_ece": "counted both ways together",
        "resp_cwr": "counted both ways together",
    }

    @staticmethod
    def recognise(path: Path) -> bool:
        """Whether a table has CICFlowMeter's columns and a label."""
        return bool(csv_table.fitting(path, _fits))

    @classmethod
    def load(cls, path: Path) -> Dataset:
        """All tables of a file or directory. Raises `DatasetError`."""
        files = [path] if path.is_file() else csv_table.fitting(path, _fits)
        if not files:
            raise DatasetError(f"{path}: no table of CICIDS2017 in it; expected {cls.expects}")
        if len({_corrected(file) for file in files}) > 1:
            raise DatasetError(
                f"{path}: holds the original and the corrected form of the same week; name one"
            )
        return of_tables(cls, files, _part)


def _corrected(path: Path) -> bool:
    return "attempted_category" in map(_key, csv_table.first_fields(path))


TELLING = ("flow_duration", "total_fwd_packet", "total_bwd_packet", "flow_iat_mean",
           "fwd_iat_std", "bwd_iat_std")  # fmt: skip
"""Columns that CICFlowMeter alone names so."""


def _fits(fields: list[str]) -> bool:
    return csv_table.alike(map(_key, fields), TELLING)


def _part(path: Path, counted: Counter[str]) -> tuple[pl.DataFrame, bool]:
    """The rows of one table and whether they are a selection."""
    rows = csv_table.read(
        path,
        text=TEXT,
        counted=counted,
        key_of=_key,
        needed=("flow_duration", "total_fwd_packet", "total_bwd_packet", "label"),
    )
    rows = csv_table.without(rows, pl.col("label").str.to_lowercase() == "label", "header_again",
                             counted)  # fmt: skip
    rows = csv_table.without(rows, pl.col("label").fill_null("") == "", "no_label", counted)
    picked = rows.height < SMALLEST_FILE
    rows = csv_table.once(rows, counted)
    nothing = (pl.col("total_fwd_packet") + pl.col("total_bwd_packet")) == 0
    rows = csv_table.without(rows, nothing, "no_packets", counted)
    counts = [n for n in rows.columns if n not in TEXT and not n.startswith(("attempted", "icmp"))]
    rows = csv_table.non_negative(rows, [c for c in counts if "init_win" not in c], counted)
    rows = _labelled(path, _timed(rows, counted), counted)
    corrected = CORRECTED if "attempted_category" in rows.columns else ()
    mapping = (*ALWAYS, PROTOCOL, *ADDRESSED, *corrected)
    stem = pl.lit(path.name.partition(".")[0])
    if "ts_ns" in rows.columns:
        day = pl.from_epoch("ts_ns", time_unit="ns").dt.strftime("%Y-%m-%d")
        stem = day.fill_null(stem)
    return _finished(applied(rows, mapping).with_columns(capture=stem)), picked


def _finished(rows: pl.DataFrame) -> pl.DataFrame:
    """Columns of the set under our prefix, those of a flow in their types."""
    made = {"label", "family", "malicious", "capture", "ts_ns", "end_ns"}
    ours = made | {m.name for m in Cicids2017.gives}
    own = [n for n in rows.columns if n not in ours and n not in IDENTITY]
    rows = rows.rename({name: f"{OWN}{name}" for name in own})
    rows = rows.drop(name for name in IDENTITY if name in rows.columns)
    if "orig_h" in rows.columns:
        rows = rows.with_columns(host="orig_h")
    return rows


def _timed(rows: pl.DataFrame, counted: Counter[str]) -> pl.DataFrame:
    """Times as ns; hours from 1 to 7 on the original's twelve-hour clock are in the afternoon."""
    if "timestamp" not in rows.columns:
        return rows
    text = pl.col("timestamp")
    whole = pl.coalesce(
        text.str.to_datetime(form, time_unit="ns", strict=False)
        for form in ("%Y-%m-%d %H:%M:%S%.f", "%d/%m/%Y %I:%M:%S %p")
    )
    halved = pl.coalesce(
        text.str.to_datetime(form, time_unit="ns", strict=False)
        for form in ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M")
    )
    hour = halved.dt.hour()
    afternoon = (hour >= 1) & (hour <= 7)
    mended = pl.when(afternoon).then(halved.dt.offset_by("12h")).otherwise(halved)
    rows = rows.with_columns(
        when=pl.coalesce(whole, mended),
        mended=whole.is_null() & afternoon,
    )
    counted["clock_mended"] += int(rows["mended"].sum() or 0)
    counted["unreadable_time"] += rows["when"].null_count()
    lasted_ns = (pl.col("flow_duration").fill_null(0) * 1000).cast(pl.Int64, strict=False)
    rows = rows.with_columns(ts_ns=pl.col("when").cast(pl.Int64)).drop("when", "mended")
    return rows.with_columns(end_ns=pl.col("ts_ns") + lasted_ns)


def _labelled(path: Path, rows: pl.DataFrame, counted: Counter[str]) -> pl.DataFrame:
    """Labels as families. Raises `DatasetError` for one that is not of the set."""
    label = pl.col("label").str.to_lowercase().str.replace_all(r"[^a-z0-9]+", " ")
    rows = rows.with_columns(_label=label.str.strip_chars())
    attempted = pl.col("_label").str.ends_with(" attempted")
    word = pl.col("_label").str.strip_suffix(" attempted")
    rows = rows.with_columns(_word=word, _attempted=attempted)
    odd = rows.filter(~pl.col("_word").is_in(list(FAMILY)))["label"].unique().sort()
    if odd.len():
        raise DatasetError(
            f"{path}: label {odd[0]!r} in column 'Label' is none of CICIDS2017's; expected "
            f"{', '.join(FAMILY)}"
        )
    counted["attempted_without_effect"] += int(rows["_attempted"].sum())
    family = pl.when(~pl.col("_attempted")).then(pl.col("_word").replace_strict(FAMILY))
    return (
        rows.with_columns(family=family)
        .with_columns(malicious=pl.col("family") != "benign")
        .drop("_label", "_word", "_attempted")
    )
