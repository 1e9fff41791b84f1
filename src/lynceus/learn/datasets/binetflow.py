"""CTU-13 and any other Argus flows with labels: `ra` output with a header."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.ingest.binetflow import Binetflow as Argus
from lynceus.ingest.inputs import Input, InputError
from lynceus.learn import labelled_flows
from lynceus.learn.dataset import Dataset, DatasetError, files_below, of_tables
from lynceus.learn.mapping import Mapped

GIVEN = (
    "ts_ns", "end_ns", "orig_h", "orig_p", "resp_h", "resp_p", "proto", "duration_s", "conn_state",
    "orig_packets", "resp_packets", "total_packets",
)  # fmt: skip


class Binetflow:
    """Files of labelled Argus flows, each one capture."""

    title: ClassVar[str] = "CTU-13 and other labelled Argus flows"
    expects: ClassVar[str] = "Argus flows (StartTime,Dur,Proto,SrcAddr,...,Label)"
    faults: ClassVar[tuple[str, ...]] = (
        "Of CTU-13 nine in ten flows are `Background`: neither benign nor malicious.",
        "Bots are known by the addresses of a few virtual machines; whole captures have to be held "
        "out.",
        "Bytes are of frames, and how long the headers of the link were is not told (VLAN tags "
        "differ within CTU's captures): they are not used.",
    )
    gives: ClassVar[tuple[Mapped, ...]] = tuple(Mapped(name, pl.col(name)) for name in GIVEN)
    lacks: ClassVar[dict[str, str]] = {
        "": "not told",
        "orig_ip_bytes": "bytes of frames, link headers of unknown length included",
        "resp_ip_bytes": "bytes of frames, link headers of unknown length included",
        "orig_bytes": "bytes of frames",
        "resp_bytes": "bytes of frames",
        "total_bytes": "bytes of frames",
        "bytes_are_ip": "bytes of frames",
    }

    @staticmethod
    def recognise(path: Path) -> bool:
        """Whether a file is of Argus and has labels."""
        return bool(_files(path))

    @classmethod
    def load(cls, path: Path) -> Dataset:
        """All labelled files in a directory and below. Raises `DatasetError`."""
        files = [path] if path.is_file() else _files(path)
        if not files:
            raise DatasetError(f"{path}: no labelled Argus flows in it; expected {cls.expects}")
        return of_tables(cls, files, _part)


def _part(path: Path, counted: Counter[str]) -> tuple[pl.DataFrame, bool]:
    flows = labelled_flows.read(path)
    capture = path.name.partition(".")[0]
    rows = labelled_flows.labelled_by_words(flows, path, capture, counted)
    return labelled_flows.only(rows, GIVEN), False


def _files(path: Path) -> list[Path]:
    return [file for file in files_below(path) if _labelled(file)]


def _labelled(path: Path) -> bool:
    try:
        head = Input.of(path).head
    except InputError:
        return False
    first = head.partition(b"\n")[0].decode("utf-8", "replace").lower()
    return Argus.recognise(head, path) > 0 and "label" in first
