"""JA4 of TLS and QUIC clients against the values that FoxIO's own programs accept.

Every expected value of the Python and the Rust reference, stream by stream, must be among the
values that the meter tells for that stream; the second hello of a retry is compared too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import polars as pl
import yaml

from oracles import AbsentError, OracleTable, analysed

Stream = tuple[str, str, str, str]
"""Client's address and port, server's address and port."""

FIELDS = {
    "python": ("src", "srcport", "dst", "dstport"),
    "rust": ("src", "src_port", "dst", "dst_port"),
}


def table(data: Path) -> OracleTable:
    """Compares all expected values."""
    if not (data / "ja4").is_dir():
        raise AbsentError("no ja4 in the data")
    rows = [row for kind in FIELDS for row in _compared(data / "ja4", kind)]
    frame = pl.DataFrame(rows, orient="row", schema=["reference", "capture", "expected", "equal"])
    shown = frame.group_by("reference", "capture", maintain_order=True).agg(
        expected=pl.len(), equal=pl.col("equal").sum()
    )
    equal, expected = int(shown["equal"].sum()), int(shown["expected"].sum())
    return OracleTable(
        title="JA4 of the reference implementations",
        must_show="JA4 equal to every expected TLS and QUIC client value",
        rows=shown,
        verdict=equal == expected and expected > 0,
        summary=f"{equal} of {expected} values of {frame['capture'].n_unique()} captures equal",
    )


def _compared(folder: Path, kind: str) -> Iterator[tuple[str, str, str, bool]]:
    for file in sorted((folder / f"expected-{kind}").iterdir()):
        capture = file.name.removesuffix(".json").removesuffix(".snap.yaml")
        told = _told(folder / "pcap" / capture)
        for stream, which, ja4 in _expected(file, kind):
            yield kind, capture, ja4, ja4 in told[which].get(stream, set())


def _expected(file: Path, kind: str) -> Iterator[tuple[Stream, str, str]]:
    """Stream, whether of the first hello or of a retry, and the value."""
    text = file.read_text(encoding="utf-8")
    # The snapshots are two YAML documents: a head, and the list of streams.
    entries = json.loads(text) if kind == "python" else list(yaml.safe_load_all(text))[-1]
    wanted = {"JA4.1": "ja4", "JA4.2": "ja4_retry"} if kind == "python" else {"ja4": "ja4"}
    for entry in entries or []:
        stream = tuple(str(entry.get(name, "")) for name in FIELDS[kind])
        for field, which in wanted.items():
            if entry.get(field):
                yield (stream[0], stream[1], stream[2], stream[3]), which, entry[field]


@lru_cache(maxsize=64)
def _told(capture: Path) -> dict[str, dict[Stream, set[str]]]:
    """What the events of the meter tell, by kind of hello and stream."""
    events = analysed(capture).events
    told: dict[str, dict[Stream, set[str]]] = {"ja4": {}, "ja4_retry": {}}
    for name in ("tls", "quic"):
        for row in events.get(name, pl.DataFrame()).iter_rows(named=True):
            stream = (row["orig_h"], str(row["orig_p"]), row["resp_h"], str(row["resp_p"]))
            for which, values in told.items():
                if row.get(which):
                    values.setdefault(stream, set()).add(row[which])
    return told
