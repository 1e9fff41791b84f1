"""ISCX VPN-nonVPN 2016: times of flows of seven kinds of application, inside and outside a VPN."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.learn import csv_table
from lynceus.learn.dataset import OWN, Dataset, DatasetError, of_tables
from lynceus.learn.mapping import Mapped, applied

CLASSES = ("class1", "class", "traffic_type", "label")
"""Names of the column with the label, the first that is there."""

KINDS = (
    "browsing", "web-browsing", "chat", "streaming", "mail", "email", "voip", "p2p", "ft",
    "file-transfer",
)  # fmt: skip
"""Kinds of application as the tables of the set spell them."""

LABELS = {*KINDS, *(f"vpn-{kind}" for kind in KINDS), "vpn", "non-vpn", "nonvpn"}


def _seconds(column: str) -> pl.Expr:
    """Microseconds as seconds; -1 stands for none."""
    return pl.when(pl.col(column) >= 0).then(pl.col(column) / 1e6)


def _idle(column: str) -> pl.Expr:
    return pl.when(pl.col("max_idle") > 0).then(_seconds(column))


_packets = (pl.col("flowpktspersecond") * pl.col("duration") / 1e6).round()
_known = pl.when(pl.col("duration") > 0).then(_packets)
_std = _seconds("std_flowiat") * ((_known - 2) / (_known - 1)).sqrt()
_MISNAMED = "the column {} (names and values of this set are out of step)"


class IscxVpn2016:
    """The time-based tables of the set, of any timeout and number of classes."""

    title: ClassVar[str] = "ISCX VPN-nonVPN 2016"
    expects: ClassVar[str] = "ARFF or CSV with duration, total_fiat, ..., std_idle, class1"
    faults: ClassVar[tuple[str, ...]] = (
        "Columns of the two directions are out of step with their names: total_ is the least gap, "
        "min_ the greatest, max_ the mean and mean_ the deviation.",
        "Flows are cut every 15 s (or the timeout of the file), so neighbouring rows are of one "
        "conversation: random splits put parts of it on both sides.",
        "Neither addresses nor times are told; what says which rows belong together is their place "
        "in the file.",
        "Means above 10 s are rounded to three digits.",
        "Few people and machines made all captures.",
    )
    gives: ClassVar[tuple[Mapped, ...]] = (
        Mapped("duration_s", pl.when(pl.col("duration") > 0).then(pl.col("duration") / 1e6)),
        Mapped("total_packets", _known, "packets a second x duration"),
        Mapped("gap_s_min", _seconds("min_flowiat")),
        Mapped("gap_s_mean", pl.when(_known > 1).then(_seconds("mean_flowiat"))),
        Mapped("gap_s_max", _seconds("max_flowiat")),
        Mapped(
            "gap_s_std", pl.when(_known > 1).then(_std),
            "sample deviation turned into that of the population",
        ),
        *(
            Mapped(f"{end}_gap_s_{statistic}", expr, _MISNAMED.format(f"{word}_{way}"))
            for end, way in (("orig", "fiat"), ("resp", "biat"))
            for statistic, word, expr in (
                ("min", "total", _seconds(f"total_{way}")),
                ("max", "min", _seconds(f"min_{way}")),
                ("mean", "max", pl.when(pl.col(f"total_{way}") >= 0).then(_seconds(f"max_{way}"))),
            )
        ),
        Mapped("idle_s_min", _idle("min_idle")),
        Mapped("idle_s_mean", _idle("mean_idle")),
        Mapped("idle_s_max", _idle("max_idle")),
    )  # fmt: skip
    lacks: ClassVar[dict[str, str]] = {
        "": "times of packets alone are told",
        "bytes_are_ip": "whether bytes are of payload or packets is not told",
        "total_bytes": "whether bytes are of payload or packets is not told",
        "orig_gap_s_std": "sample deviation of an unknown number",
        "resp_gap_s_std": "sample deviation of an unknown number",
        "idle_s_std": "sample deviation of an unknown number",
        "active": "stretches without length are left out",
    }

    @staticmethod
    def recognise(path: Path) -> bool:
        """Whether a table has the columns of the set."""
        return bool(_files(path))

    @classmethod
    def load(cls, path: Path) -> Dataset:
        """All tables of a file or directory. Raises `DatasetError`."""
        files = [path] if path.is_file() else _files(path)
        if not files:
            raise DatasetError(f"{path}: no table of ISCX VPN 2016 in it; expected {cls.expects}")
        return of_tables(cls, files, _part)


def _files(path: Path) -> list[Path]:
    return [
        table
        for table in csv_table.tables(path)
        if {"total_fiat", "mean_flowiat"}
        <= set(csv_table.arff(table) or map(csv_table.snake, csv_table.first_fields(table)))
    ]


def _part(path: Path, counted: Counter[str]) -> tuple[pl.DataFrame, bool]:
    rows = csv_table.read(
        path,
        text=CLASSES,
        counted=counted,
        needed=("duration", "total_fiat", "flowpktspersecond", "mean_flowiat", "max_idle"),
    )
    target = next((name for name in CLASSES if name in rows.columns), None)
    if target is None:
        raise DatasetError(f"{path}: there is no column {CLASSES[0]!r}")
    rows = rows.with_columns(label=pl.col(target).str.strip_chars("'\""))
    rows = csv_table.without(rows, pl.col("label").fill_null("") == "", "no_label", counted)
    odd = rows.filter(~pl.col("label").str.to_lowercase().is_in(list(LABELS)))["label"].unique()
    if odd.len():
        raise DatasetError(
            f"{path}: label {odd.sort()[0]!r} in column {target!r} is none of ISCX VPN 2016's; "
            f"expected {', '.join(sorted(LABELS))}"
        )
    rows = csv_table.once(rows.drop(set(CLASSES) & set(rows.columns) - {"label"}), counted)
    counted["no_duration"] += int((rows["duration"] <= 0).sum())
    backwards = (pl.col("min_flowiat") < 0) & (pl.col("max_flowiat") >= 0)
    counted["clock_went_back"] += int(rows.select(backwards.sum()).item())
    own = [pl.col(n).alias(f"{OWN}{n}") for n in rows.columns if n != "label"]
    flows = applied(rows, IscxVpn2016.gives)
    given = [m.name for m in IscxVpn2016.gives if m.name in flows.columns]
    return flows.select("label", *given).hstack(rows.select(own)), False
