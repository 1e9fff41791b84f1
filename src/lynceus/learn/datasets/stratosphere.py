"""Captures of the Stratosphere Laboratory (CTU, IoT-23 ...) as Zeek saw them, labelled by flow."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.ingest.inputs import Input, InputError, text_head
from lynceus.learn import labelled_flows
from lynceus.learn.dataset import Dataset, DatasetError, files_below, of_tables
from lynceus.learn.mapping import Mapped

GIVEN = (
    "ts_ns", "end_ns", "orig_h", "orig_p", "resp_h", "resp_p", "proto", "service", "duration_s",
    "conn_state", "history", "orig_packets", "resp_packets", "total_packets", "orig_bytes",
    "resp_bytes", "total_bytes", "bytes_are_ip", "orig_ip_bytes", "resp_ip_bytes", "missed_bytes",
)  # fmt: skip


class Stratosphere:
    """Directories of Zeek logs whose conn.log has a column `label`, each one capture."""

    title: ClassVar[str] = "Stratosphere labelled Zeek"
    expects: ClassVar[str] = "directories with conn.log that has a column label"
    faults: ClassVar[tuple[str, ...]] = (
        "Labels come from rules over addresses and ports that a person wrote for the capture, not "
        "from what each flow did; `Background` and `Unknown` are neither benign nor malicious.",
        "`External-Attack-to-Device` names no family: scans, tries of passwords and exploits of "
        "the open Internet together.",
        "Rules over who began a flow call pieces of one connection malicious or benign by the end "
        "that each piece begins at: conversations that bear both labels count as not known.",
        "Refused connections of a bot bear the label of what the bot was built for.",
        "Infected machines are virtual and do little else, so that a capture may be known by its "
        "machine: whole captures have to be held out.",
    )
    gives: ClassVar[tuple[Mapped, ...]] = tuple(Mapped(name, pl.col(name)) for name in GIVEN)
    lacks: ClassVar[dict[str, str]] = {"": "not in conn.log"}

    @staticmethod
    def recognise(path: Path) -> bool:
        """Whether there is a labelled conn.log in it."""
        return bool(_captures(path))

    @classmethod
    def load(cls, path: Path) -> Dataset:
        """All labelled captures in a directory and below. Raises `DatasetError`."""
        captures = _captures(path)
        if not captures:
            raise DatasetError(f"{path}: no labelled conn.log in it; expected {cls.expects}")
        return of_tables(cls, captures, _part)


def _part(path: Path, counted: Counter[str]) -> tuple[pl.DataFrame, bool]:
    flows = labelled_flows.read(path)
    rows = labelled_flows.labelled_by_words(flows, path, _name(path), counted)
    return labelled_flows.only(rows, GIVEN), False


def _name(path: Path) -> str:
    """The capture is named by its directory, or the one above where that only says `zeek`."""
    folder = path.parent
    plain = folder.name.lower().replace("-", "").replace("_", "")
    return folder.parent.name if plain in {"zeek", "bro", "zeeklabeled", "zeeklabelled"} else (
        folder.name
    )  # fmt: skip


def _captures(path: Path) -> list[Path]:
    """The labelled conn.logs in a directory and below, one a directory."""
    if path.is_file():
        return [path] if _labelled(path) else []
    found: dict[Path, Path] = {}
    for log in files_below(path):
        if "conn" in log.name and log.parent not in found and _labelled(log):
            found[log.parent] = log
    return sorted(found.values())


def _labelled(path: Path) -> bool:
    """Whether a file is a conn.log of Zeek with labels."""
    try:
        head = text_head(Input.of(path).head) or ""
    except InputError:
        return False
    for line in head.splitlines()[:20]:
        if line.startswith("#fields"):
            names = line.split()
            return "label" in names and {"conn_state", "orig_pkts"} <= set(names)
    first = head.partition("\n")[0]
    return first.startswith("{") and '"conn_state"' in first and '"label"' in first
